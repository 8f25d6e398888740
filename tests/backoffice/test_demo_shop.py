"""The demo shop: complete after the first start, unchanged by the second, filled up when something ran out."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.contrib.auth import authenticate
from django.contrib.staticfiles import finders
from django.core.management import call_command

from accounts.models import Member
from accounts.selectors import points
from accounts.services import login, profiles, registration
from activities import selectors
from activities.boss import selectors as bosses
from activities.enums import ActivityStatus, IssueStatus
from activities.gameplay import occurrences
from activities.models import DrawLog
from activities.services import closing, configuring, days, offering, opening, proofs, terms
from blindbox.backoffice.demo import DEMO, goods, people, plans, shop
from blindbox.backoffice.demo.visit import evidence
from blindbox.common.business_day import business_day
from blindbox.common.invariants import violations
from blindbox.integrations.wechat.login import exchange_code
from blindbox.integrations.wechat.sandbox import SandboxServer
from blindbox.system import outbox
from blindbox.system import selectors as system
from blindbox.system.models import OperationLog
from catalog import selectors as catalog
from tests.factories import draws
from tests.factories.activities import NOW

pytestmark = pytest.mark.django_db
NOT_GENERAL = {"lucky_bag"}  # its prizes are bundles


def seeded(*options: str) -> list[str]:
    out = StringIO()
    call_command("seed_demo", *options, stdout=out)
    return out.getvalue().splitlines()


def issue_numbers() -> dict[str, list[int]]:
    """Return the open issues of each gameplay."""
    return {each.gameplay: [i.number for i in each.open_issues] for each in selectors.all_activities()}  # type: ignore[attr-defined]  # prefetched


def row_counts() -> dict[str, int]:
    return {model._meta.db_table: model._default_manager.count() for model in apps.get_models()}


@pytest.fixture(autouse=True)
def _no_password_in_the_environment(monkeypatch):
    monkeypatch.delenv("DEMO_ADMIN_PASSWORD", raising=False)


def test_every_gameplay_has_one_open_issue_that_cash_and_points_can_buy_or_that_is_free():
    shop.stock_up(now=NOW)
    assert issue_numbers() == {kind: [1] for kind, _ in offering.choices()}


def test_the_box_comes_first_as_readme_buys_from_activity_and_issue_1():
    shop.stock_up(now=NOW)
    first = selectors.open_issues().order_by("pk").first()
    assert first.activity.gameplay == "ichiban"
    assert first.activity_id == min(each.pk for each in selectors.all_activities())
    for issue in selectors.open_issues():
        promised = terms.of_issue(issue.pk)
        assert (promised.price_fen is None) == (promised.price_points is None) == (promised.allocator == "s3")


def test_the_tools_sessions_are_on_for_who_comes_at_any_time_and_one_has_a_plan():
    shop.stock_up(now=NOW)
    sessions = [terms.of_issue(issue.pk) for issue in selectors.open_issues() if issue.activity.price_fen is None]
    for hours in (0, 13, 24 * 30):
        live = [occurrences.of_terms(each).live(NOW + timedelta(hours=hours)) for each in sessions]
        assert len(live) == 3
        assert None not in live
    plans_of = {each.gameplay: [release.quantity for release in each.releases] for each in sessions}
    assert plans_of == {"timed": [], "nth_draw": [], "amount_range": [3, 3, 3, 3, 3, 3]}


def test_the_box_holds_eighty_tickets_and_an_extra_prize_of_every_position():
    shop.stock_up(now=NOW)
    box = terms.of_issue(selectors.open_issues().get(activity__gameplay="ichiban").pk)
    assert box.total == 80
    assert [(p.level, p.quantity, p.position) for p in box.prizes] == [
        ("A", 1, "ticket"),
        ("B", 2, "ticket"),
        ("C", 7, "ticket"),
        ("D", 20, "ticket"),
        ("E", 50, "ticket"),
        ("最终赏", 1, "last"),
        ("前半赏", 1, "first"),
        ("全局赏", 1, "global"),
    ]


def test_a_boss_stands_where_draws_never_run_out_and_the_next_follows_it():
    assert "已在「深海鲸歌 无限赏」放出 Boss「深海巨兽」" in shop.stock_up(now=NOW)
    home = selectors.all_activities().get(gameplay="infinite")
    season = bosses.shown_season(home.pk, now=NOW)
    assert (home.is_boss, season.status_at(NOW), season.hp, season.prizes.count()) == (True, "running", 500, 5)
    shop.stock_up(now=NOW + timedelta(days=6))
    assert bosses.seasons().count() == 1
    shop.stock_up(now=NOW + timedelta(days=7))
    assert bosses.seasons().count() == 2


def test_the_infinite_play_can_yield_points():
    shop.stock_up(now=NOW)
    offered = terms.of_issue(selectors.open_issues().get(activity__gameplay="infinite").pk)
    assert [p.points for p in offered.prizes if p.kind == "points"] == [120]
    assert offered.price_of(10) == 36000


def test_a_gameplay_that_nobody_described_is_offered_in_general_words(monkeypatch):
    own = [plan for plan in plans.OWN_PLANS if plan.gameplay in NOT_GENERAL]
    monkeypatch.setattr(plans, "OWN_PLANS", own)
    shop.stock_up(now=NOW)
    assert issue_numbers() == {kind: [1] for kind, _ in offering.choices()}


def test_no_issue_promises_more_on_average_than_a_draw_costs():
    shop.stock_up(now=NOW)
    priced = [issue for issue in selectors.open_issues() if issue.activity.price_fen is not None]
    for issue in priced:
        means = opening.preview(issue_id=issue.pk)
        assert 0 < means.expected_cost_fen < means.price_fen * 0.9, issue


def test_every_picture_is_in_the_static_files():
    shop.stock_up(now=NOW)
    pictures = {url for product in catalog.products() for url in product.image_urls}
    pictures |= {activity.cover_url for activity in selectors.all_activities()}
    for issue in selectors.open_issues():
        pictures |= {prize.image_url for prize in terms.of_issue(issue.pk).prizes}
    pictures.discard("")  # nothing won has no picture
    assert len(pictures) == 13
    assert [url for url in pictures if not finders.find(url.removeprefix("/static/"))] == []


def test_days_are_committed_before_anything_is_on_sale():
    shop.stock_up(now=NOW)
    subjects = [entry.subject for entry in reversed(selectors.commitment_log())]
    today = business_day(NOW)
    ahead = [f"day:{today + timedelta(days=n)}" for n in range(days.COMMITTED_AHEAD + 1)]
    assert subjects[: len(ahead)] == ahead
    assert sorted(subjects[len(ahead) :]) == sorted(f"issue:{issue.pk}" for issue in selectors.open_issues())


def test_a_shop_that_stood_still_for_weeks_proves_its_draws(make_member):
    shop.stock_up(now=NOW)
    later = NOW + timedelta(days=days.COMMITTED_AHEAD)
    assert shop.stock_up(now=later) == ["已在「深海鲸歌 无限赏」放出 Boss「深海巨兽」"]
    issue = selectors.open_issues().get(activity__gameplay="infinite")
    draws.buy(make_member(points_balance=1000), issue, 1, now=later)
    proof = json.loads(json.dumps(proofs.of_draw(DrawLog.objects.get().pk)))
    assert proof["day"] == str(business_day(later))
    assert evidence.check(proof) == (12, 3)


def test_a_second_time_nothing_changes():
    seeded()
    before = row_counts()
    assert seeded() == [
        "管理后台账号 admin，已存在，密码不变；忘记了可以执行 python3 dev.py manage changepassword admin"
    ]
    assert row_counts() == before
    assert violations() == []


def test_a_sold_out_box_is_followed_by_the_next_issue(make_member):
    shop.stock_up(now=NOW)
    member = make_member(points_balance=100_000)
    box = selectors.open_issues().get(activity__gameplay="ichiban")
    for _ in range(8):
        draws.buy(member, box, 10, now=NOW)
    outbox.deliver_due(clock=lambda: NOW, limit=100)
    assert selectors.public_issue(activity_id=box.activity_id, issue_id=box.pk).counter.status == IssueStatus.CLOSED

    assert shop.stock_up(now=NOW) == ["已开放「深海鲸歌 一番赏」第 2 期"]
    assert issue_numbers()["ichiban"] == [2]
    assert violations() == []


def test_what_an_issue_needs_and_the_shelf_lacks_is_brought_in():
    product_id = goods.put_on_shelf(now=NOW)["special"]
    have = goods.GOODS["special"].stock
    goods.restock({product_id: have}, now=NOW)
    assert catalog.products_by_ids([product_id])[product_id].stock == have
    goods.restock({product_id: have + 1}, now=NOW)
    assert catalog.products_by_ids([product_id])[product_id].stock == have + 10 * (have + 1)


def test_an_archived_activity_is_left_in_peace():
    shop.stock_up(now=NOW)
    box = selectors.open_issues().get(activity__gameplay="ichiban")
    closing.close(issue_id=box.pk, actor=DEMO, now=NOW)
    archived = {"status": ActivityStatus.ARCHIVED}
    configuring.change_activity(activity_id=box.activity_id, values=archived, actor=DEMO, now=NOW)
    assert shop.stock_up(now=NOW) == []
    assert issue_numbers()["ichiban"] == []


def test_members_find_a_notice():
    shop.stock_up(now=NOW)
    assert [notice.title for notice in system.live_notices(now=NOW)] == ["欢迎来到演示店铺"]


def test_a_made_up_password_is_shown_once_and_kept_nowhere():
    first, again = seeded("--no-shop"), seeded("--no-shop")
    password = first[0].removeprefix("管理后台账号 admin，密码 ").removesuffix("（只显示这一次）")
    operator = authenticate(username="admin", password=password)
    assert operator is not None
    assert operator.is_superuser
    assert password not in "".join(again)
    assert not [log for log in OperationLog.objects.all() if password in str(log.after)]
    assert OperationLog.objects.filter(object_type="Operator").count() == 1


def test_a_chosen_password_is_never_printed_and_replaces_the_one_before(monkeypatch):
    seeded("--no-shop")
    monkeypatch.setenv("DEMO_ADMIN_PASSWORD", "a chosen password")
    lines = seeded("--no-shop")
    assert lines == ["管理后台账号 admin，密码取自环境变量 DEMO_ADMIN_PASSWORD"]
    assert authenticate(username="admin", password="a chosen password") is not None
    of_operators = OperationLog.objects.filter(object_type="Operator").order_by("pk")
    assert [log.action for log in of_operators] == ["创建操作员", "修改操作员密码"]
    assert seeded("--no-shop") == lines
    assert of_operators.count() == 2


def test_without_the_shop_there_are_only_the_operator_and_the_groups_to_put_colleagues_in():
    assert seeded("--no-shop")[1:] == ["已创建岗位分组：运营、客服、仓库、财务、只读"]
    assert selectors.all_activities().count() == 0
    assert catalog.products().count() == 0


def test_the_offline_wechat_knows_the_demo_members(tmp_path, settings):
    people.welcome_members(data_dir=tmp_path, now=NOW)
    sandbox = SandboxServer(tmp_path).start()
    for name, value in sandbox.settings.items():
        setattr(settings, name, value)
    try:
        entered = login.by_wechat(js_code="dev:demo", invite_code="", now=NOW)
        assert not entered.is_new
        assert points.spendable(entered.user.pk) == 100_000
        assert registration.member_of(exchange_code("dev:stranger")) is None
    finally:
        sandbox.stop()


def test_demo_members_get_points_again_only_when_they_run_low(tmp_path):
    assert len(people.welcome_members(data_dir=tmp_path, now=NOW)) == len(people.MEMBERS)
    assert people.welcome_members(data_dir=tmp_path, now=NOW) == []


def test_demo_members_have_names_of_their_own_and_keep_one_that_they_chose(tmp_path):
    people.welcome_members(data_dir=tmp_path, now=NOW)
    assert set(Member.objects.values_list("nickname", flat=True)) == {"演示用户", "安娜", "小明"}
    profiles.change(member_id=Member.objects.get(nickname="安娜").pk, nickname="安娜贝尔", now=NOW)
    people.welcome_members(data_dir=tmp_path, now=NOW)
    assert set(Member.objects.values_list("nickname", flat=True)) == {"演示用户", "安娜贝尔", "小明"}


def test_where_wechat_is_the_true_one_there_are_no_demo_members(settings):
    settings.SANDBOX_URL = ""
    assert [line for line in seeded() if "dev:" in line] == []


def test_an_activity_that_an_operator_ended_keeps_nothing_else_from_starting():
    shop.stock_up(now=NOW)
    issue = selectors.open_issues().get(activity__gameplay="ichiban")
    ended = {"ends_at": NOW + timedelta(hours=1)}
    configuring.change_activity(activity_id=issue.activity_id, values=ended, actor=DEMO, now=NOW)
    closing.close(issue_id=issue.pk, actor=DEMO, now=NOW)
    said = shop.stock_up(now=NOW + timedelta(hours=2))
    assert [line.startswith("未开放") for line in said] == [True]
