"""Setting activities and categories up, before anything is frozen."""

from datetime import timedelta

import pytest

from activities import selectors
from activities.errors import ActivityHasSales, ActivityNotFound, ActivityWasOpened, CategoryInUse
from activities.gameplay.base import InvalidConfig
from activities.models import Activity, ActivityCategory, Issue, IssueCounter, LevelPass, Reward
from activities.services import closing, configuring
from activities.services.glue import passes
from blindbox.common.errors import Invalid, NotFound
from blindbox.system.audit import SYSTEM, Actor
from blindbox.system.models import OperationLog
from tests.factories.activities import NOW, box_rewards, make_activity, make_draft, make_product, open_box
from tests.factories.draws import buy, hold, pay, settle
from tests.factories.glue import make_session, make_tool, points

pytestmark = pytest.mark.django_db
YUN = Actor(id=7, name="云", ip="10.0.0.7")


def change(activity, **values):
    return configuring.change_activity(activity_id=activity.pk, values=values, actor=YUN, now=NOW)


def last_log():
    return OperationLog.objects.order_by("-pk").first()


def refused(field, **values):
    with pytest.raises(Invalid) as refusal:
        make_activity(**values)
    assert [entry["field"] for entry in refusal.value.fields] == [field]
    assert Activity.objects.count() == 0
    return refusal.value.fields[0]["message"]


def test_creating_is_logged_with_what_was_made():
    activity = make_activity(name="海洋 🐳")
    log = last_log()
    assert (log.action, log.object_type, log.object_id, log.before) == ("创建活动", "Activity", str(activity.pk), {})
    assert (log.after["name"], log.after["price_fen"], log.after["gameplay"]) == ("海洋 🐳", 6000, "ichiban")


@pytest.mark.parametrize(
    ("field", "values", "message"),
    [
        ("gameplay", {"gameplay": "roulette"}, "没有玩法 roulette"),
        ("ends_at", {"ends_at": NOW - timedelta(days=1)}, "结束时间必须晚于开始时间"),
        ("category_id", {"category_id": 10**6}, "活动分类不存在"),
        ("config", {"config": []}, "配置必须是 JSON 对象"),
        ("config", {"config": {"speed": 1}}, "本玩法没有配置项：speed"),
        ("config", {"config": {"largest_order": 0}}, "largest_order（每单最多抽数）必须是 1 到 100 的整数"),
        ("config", {"config": {"largest_order": 101}}, "largest_order（每单最多抽数）必须是 1 到 100 的整数"),
        ("config", {"config": {"largest_order": 2.0}}, "largest_order（每单最多抽数）必须是 1 到 100 的整数"),
        ("config", {"config": {"largest_order": True}}, "largest_order（每单最多抽数）必须是 1 到 100 的整数"),
        ("config", {"config": {"allow_wallet": 1}}, "allow_wallet 必须是 true 或 false"),
        ("config", {"config": {"bundle_prices": {}}}, "bundle_prices（多抽优惠价）必须是列表，最多 10 项"),
        (
            "config",
            {"config": {"bundle_prices": [{"count": 10}]}},
            "bundle_prices（多抽优惠价）的每一项必须有 count 和 price_fen",
        ),
        (
            "config",
            {"config": {"bundle_prices": [{"count": 10, "price_fen": 0}]}},
            "bundle_prices.price_fen（多抽优惠价的总价，单位是分）必须是 1 到 10000000000 的整数",
        ),
    ],
)
def test_what_fits_no_activity_is_refused_in_chinese(field, values, message):
    assert refused(field, **values) == message


def test_a_change_is_logged_with_before_and_after():
    activity = make_activity()
    change(activity, name="森林系列", price_fen=6600)
    log = last_log()
    assert (log.operator_id, log.operator_name, log.ip, log.action) == (7, "云", "10.0.0.7", "修改活动")
    assert (log.before["name"], log.after["name"]) == ("海洋系列", "森林系列")
    assert (log.before["price_fen"], log.after["price_fen"]) == (6000, 6600)
    activity.refresh_from_db()
    assert (activity.name, activity.price_fen, activity.updated_at) == ("森林系列", 6600, NOW)


def test_a_refused_change_changes_and_logs_nothing():
    activity, logs = make_activity(), OperationLog.objects.count()
    with pytest.raises(Invalid):
        change(activity, name="森林系列", gameplay="roulette")
    activity.refresh_from_db()
    assert (activity.name, OperationLog.objects.count()) == ("海洋系列", logs)


def test_the_gameplay_is_fixed_once_an_issue_was_opened():
    issue = open_box()
    with pytest.raises(Invalid) as refusal:
        change(issue.activity, gameplay="infinite")
    assert refusal.value.fields[0]["message"] == "已有开放过的期次，玩法不可更改"
    closing.close(issue_id=issue.pk, actor=SYSTEM, now=NOW)
    with pytest.raises(Invalid):
        change(issue.activity, gameplay="infinite")
    assert Activity.objects.get().gameplay == "ichiban"


def test_the_gameplay_of_drafts_may_change():
    activity = make_activity()
    make_draft(activity, box_rewards(make_product(), total=3))
    assert change(activity, gameplay="infinite").gameplay == "infinite"


def test_a_new_price_leaves_the_open_issue_at_its_own():
    issue = open_box()
    change(issue.activity, price_fen=1)
    issue.refresh_from_db()
    assert '"price_fen":6000' in issue.terms


def test_archiving_closes_no_issue_and_a_hold_is_still_served(member, make_member):
    issue = open_box(total=20)
    order_id = hold(member, issue, 2, now=NOW)
    assert change(issue.activity, status="archived").status == "archived"
    assert IssueCounter.objects.values_list("status", "sold", "reserved").get() == ("open", 0, 2)
    buy(make_member(points_balance=600), issue, 1, now=NOW)
    pay(order_id, now=NOW)
    settle(order_id, now=NOW)
    assert IssueCounter.objects.values_list("status", "sold", "reserved").get() == ("open", 3, 0)


@pytest.mark.parametrize("way", ["archive", "hide its category", "move it to a hidden category"])
def test_nobody_takes_a_begun_issue_off_the_sale(member, make_member, way):
    """Whoever could would end a rich box early: it leaves the lists and goes on, and once it is over it is gone."""
    issue = open_box(total=3)
    buy(member, issue, 1, now=NOW)
    hidden = save(name="隐藏", is_visible=False)
    {
        "archive": lambda: change(issue.activity, status="archived"),
        "hide its category": lambda: save(issue.activity.category_id, is_visible=False),
        "move it to a hidden category": lambda: change(issue.activity, category_id=hidden.pk),
    }[way]()
    assert selectors.shown_activities(now=NOW).count() == 0
    assert selectors.shown_activity(issue.activity_id, now=NOW).pk == issue.activity_id
    buy(make_member(points_balance=1200), issue, 2, now=NOW)
    closing.close(issue_id=issue.pk, actor=SYSTEM, now=NOW)
    with pytest.raises(ActivityNotFound):
        selectors.shown_activity(issue.activity_id, now=NOW)
    with pytest.raises(ActivityNotFound):
        buy(make_member(points_balance=600), issue, 1, now=NOW)


def test_an_unknown_activity_is_not_found():
    with pytest.raises(ActivityNotFound):
        configuring.change_activity(activity_id=10**6, values={"name": "x"}, actor=YUN, now=NOW)
    with pytest.raises(ActivityNotFound):
        configuring.delete_activity(activity_id=10**6, actor=YUN, now=NOW)


def test_an_activity_is_deleted_with_its_drafts():
    activity = make_activity()
    make_draft(activity, box_rewards(make_product(), total=3))
    configuring.delete_activity(activity_id=activity.pk, actor=YUN, now=NOW)
    left = [model.objects.count() for model in (Activity, Issue, IssueCounter, Reward)]
    assert left == [0, 0, 0, 0]
    assert (last_log().action, last_log().before["name"]) == ("删除活动", "海洋系列")


def test_an_activity_of_which_an_issue_was_opened_stays():
    issue = open_box()
    make_draft(issue.activity, box_rewards(make_product(), total=3))
    with pytest.raises(ActivityWasOpened):
        configuring.delete_activity(activity_id=issue.activity_id, actor=YUN, now=NOW)
    assert (Activity.objects.count(), Issue.objects.count(), Reward.objects.count()) == (1, 2, 6)
    closing.close(issue_id=issue.pk, actor=SYSTEM, now=NOW)
    with pytest.raises(ActivityWasOpened):
        configuring.delete_activity(activity_id=issue.activity_id, actor=YUN, now=NOW)


def test_an_activity_of_which_something_was_sold_says_so(member):
    issue = open_box()
    buy(member, issue, 1, now=NOW)
    with pytest.raises(ActivityHasSales):
        configuring.delete_activity(activity_id=issue.activity_id, actor=YUN, now=NOW)
    assert (Activity.objects.count(), Issue.objects.count()) == (1, 1)


def test_passes_that_nobody_used_go_with_the_activity(member):
    activity = make_tool("nth_draw", config={"needs_pass": True})
    make_session(activity, [points("A", odds_ppm=1_000_000, node=1)])
    passes.issue(activity_id=activity.pk, member_id=member.pk, node=1, actor=YUN, now=NOW)
    assert LevelPass.objects.count() == 1
    configuring.delete_activity(activity_id=activity.pk, actor=YUN, now=NOW)
    assert (Activity.objects.count(), LevelPass.objects.count()) == (0, 0)


def save(category_id=None, **values):
    return configuring.save_category(category_id=category_id, values=values, actor=YUN, now=NOW)


def test_a_category_is_made_changed_and_deleted():
    category = save(name="盲盒", sort=2)
    save(category.pk, name="扭蛋", is_visible=False)
    log = last_log()
    assert (log.before, log.after) == (
        {"name": "盲盒", "sort": 2, "is_visible": True},
        {"name": "扭蛋", "sort": 2, "is_visible": False},
    )
    configuring.delete_category(category_id=category.pk, actor=YUN, now=NOW)
    assert (ActivityCategory.objects.count(), last_log().action) == (0, "删除活动分类")


def test_a_category_keeps_its_own_name_and_takes_no_others():
    first, second = save(name="盲盒"), save(name="扭蛋")
    assert save(first.pk, name="盲盒", sort=5).sort == 5
    for category_id in (second.pk, None):
        with pytest.raises(Invalid) as refusal:
            save(category_id, name="盲盒")
        assert refusal.value.fields == [{"field": "name", "code": "unique", "message": "分类名称已存在"}]
    assert sorted(ActivityCategory.objects.values_list("name", flat=True)) == sorted(["盲盒", "扭蛋"])


def test_a_category_in_use_stays():
    activity = make_activity()
    with pytest.raises(CategoryInUse):
        configuring.delete_category(category_id=activity.category_id, actor=YUN, now=NOW)
    assert ActivityCategory.objects.count() == 1
    with pytest.raises(NotFound):
        configuring.delete_category(category_id=10**6, actor=YUN, now=NOW)


@pytest.mark.parametrize(
    ("told", "in_words"),
    [
        ("hand（开局张数）必须是 1 到 16 的整数", "开局张数必须是 1 到 16 的整数"),
        ("牌的 name（名称）必须是 1 到 20 个字", "牌的名称必须是 1 到 20 个字"),
        ("guarantee.levels（保底赏级）有重复的赏级", "保底赏级有重复的赏级"),
        ("layout（样式）必须是 wheel（转盘）或 grid（九宫格）", "样式必须是转盘或九宫格"),
    ],
)
def test_an_operator_reads_entries_by_the_words_of_the_back_office(told, in_words):
    assert InvalidConfig(told).in_words == in_words
