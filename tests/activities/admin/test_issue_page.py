"""An activity's issues: typed as a table, opened and closed by buttons that first say what would happen."""

import re

import pytest

from activities.enums import IssueStatus
from activities.models import Activity, Issue, IssueCounter, Reward
from activities.services import drafting
from blindbox.common.errors import Invalid
from blindbox.system.audit import SYSTEM
from blindbox.system.models import OperationLog
from catalog.models import Product
from tests.factories.activities import (
    NOW,
    box_rewards,
    make_activity,
    make_draft,
    make_product,
    odds_rewards,
    open_box,
    open_odds,
)
from tests.factories.draws import buy
from tests.factories.pages import open_by_dialog, press, rows, said, save

ISSUE = "activities.issue"
NO_WINDOW = {f"{name}_{part}": "" for name in ("starts_at", "ends_at") for part in (0, 1)}


def _status(issue: Issue) -> str:
    return IssueCounter.objects.get(pk=issue.pk).status


def _add(office, activity: Activity, *rewards: dict[str, object]):
    sent = {"activity": activity.pk, "number": "", **NO_WINDOW, **rows("rewards", *rewards)}
    return office.post(f"/admin/activities/issue/add/?activity={activity.pk}", sent)


def _row(**typed: object) -> dict[str, object]:
    blank = {
        "level": "A",
        "name": "",
        "product": "",
        "points": "",
        "reference_value_fen": "",
        "cost_fen": "",
        "sort": "",
    }
    return {**blank, **typed}


def _box(**typed: object) -> dict[str, object]:
    return _row(**{"quantity": 1, "position": "ticket", **typed})


def test_an_activity_is_typed_in_yuan_and_its_configuration_has_inputs(office):
    make_activity()
    category = Activity.objects.get().category_id
    sent = {
        "name": "森林", "category": category, "gameplay": "ichiban", "price_fen": "60.00", "price_points": "",
        "starts_at_0": "2026-01-01", "starts_at_1": "00:00", "ends_at_0": "", "ends_at_1": "", "status": "active",
        "largest_order": "20", "bundle_prices": "10 550.00", "tags": "新品，限定", "cover_url": "", "description": "",
        "rules": "",
    }  # fmt: skip
    answer = office.post("/admin/activities/activity/add/", sent)
    made = Activity.objects.get(name="森林")
    assert answer["Location"] == f"/admin/activities/activity/{made.pk}/change/"
    assert (made.price_fen, made.price_points, made.tags) == (6000, None, ["新品", "限定"])
    assert made.config == {"largest_order": 20, "bundle_prices": [{"count": 10, "price_fen": 55000}]}


@pytest.mark.parametrize("price", ["Infinity", "NaN", "1e999999", "-1", "0.001", "abc", "5 6"])
def test_a_bundle_price_that_is_none_is_refused(office, price):
    activity = make_activity()
    sent = {
        "name": "森林", "category": activity.category_id, "gameplay": "ichiban", "price_fen": "60.00",
        "starts_at_0": "2026-01-01", "starts_at_1": "00:00", "status": "active", "largest_order": "20",
        "bundle_prices": f"10 {price}",
    }  # fmt: skip
    assert office.post("/admin/activities/activity/add/", sent).status_code == 200
    assert Activity.objects.get() == activity


def test_an_issue_and_its_rewards_are_saved_together_with_what_the_product_says(office):
    product = make_product(name="鲸鱼", price_fen=9900, cost_fen=3000)
    _add(office, make_activity(), _box(product=product.pk, quantity=2), _box(level="B", points=50, quantity=8))
    assert list(
        Reward.objects.order_by("sort").values_list("level", "kind", "name", "quantity", "cost_fen", "sort")
    ) == [
        ("A", "product", "鲸鱼", 2, 3000, 1),
        ("B", "points", "50 积分", 8, 500, 2),
    ]
    first = Reward.objects.get(level="A")
    assert (first.reference_value_fen, first.image_url) == (9900, product.image_urls[0])
    assert OperationLog.objects.filter(object_type="Reward").count() == 2


def test_odds_are_typed_in_percent(office):
    _add(office, make_activity(gameplay="infinite"), _row(points=50, odds_ppm="99.5"), _row(points=900, odds_ppm="0.5"))
    assert set(Reward.objects.values_list("odds_ppm", flat=True)) == {5_000, 995_000}


def _page(office, issue: Issue) -> str:
    return office.get(f"/admin/activities/issue/{issue.pk}/change/").content.decode()


def _limited_draft() -> Issue:
    rewards = [
        {"kind": "points", "points": 9, "name": "积分", "level": level, "odds_ppm": 500_000, "sort": sort}
        for sort, level in enumerate("AB", start=1)
    ]
    return make_draft(make_activity(gameplay="infinite"), rewards)


def test_a_limited_prize_and_its_substitute_are_chosen_in_the_row(office):
    issue = _limited_draft()
    a, b = issue.rewards.order_by("sort")
    other = make_draft(make_activity(name="森林", gameplay="infinite"), odds_rewards(make_product()))
    page = _page(office, issue)
    assert ("售罄后替换为" in page, 'placeholder="不限"' in page) == (True, True)
    assert [f'<option value="{reward.pk}"' in page for reward in (a, b, other.rewards.first())] == [True, True, False]
    own = {"points": 9, "name": "积分", "odds_ppm": "50", "issue": issue.pk}
    sent = [
        _row(**own, id=a.pk, level="A", quantity=7, substitute=b.pk, sort=1),
        _row(**own, id=b.pk, level="B", quantity="", substitute="", sort=2),
    ]
    sent = {"number": issue.number, **NO_WINDOW, **rows("rewards", *sent, initial=2)}
    save(office, f"/admin/activities/issue/{issue.pk}/change/", sent)
    assert list(issue.rewards.order_by("sort").values_list("quantity", "substitute_id")) == [(7, b.pk), (None, None)]


def test_a_copy_has_substitutes_of_its_own_and_a_draft_with_them_can_go(office):
    issue = _limited_draft()
    a, b = issue.rewards.order_by("sort")
    Reward.objects.filter(pk=a.pk).update(quantity=7, substitute=b)
    press(office, ISSUE, "copy_issue", issue.pk)
    copy = Issue.objects.get(number=2)
    first, second = copy.rewards.order_by("sort")
    assert (first.substitute_id, second.substitute_id, first.quantity) == (second.pk, None, 7)
    drafting.delete_issue(activity_id=copy.activity_id, issue_id=copy.pk, actor=SYSTEM, now=NOW)
    assert list(Reward.objects.order_by("pk")) == [a, b]
    with pytest.raises(Invalid) as refusal:
        drafting.delete_reward(issue_id=issue.pk, reward_id=b.pk, actor=SYSTEM, now=NOW)
    assert refusal.value.fields[0]["message"] == "「B 积分」是别的奖品售罄后的替换，请先改掉那里"
    assert Reward.objects.count() == 2


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ({"points": 50, "quantity": ""}, "必填项"),
        ({"points": 50, "quantity": "0.5"}, "输入整数"),
        ({"points": "", "product": ""}, "二选一"),
        ({"points": 50, "level": ""}, "必填项"),
        ({"points": 50, "cost_fen": "1.001"}, "小数"),
    ],
)
def test_a_wrong_row_saves_nothing(office, typed, text):
    page = _add(office, make_activity(), _box(points=5), _box(**typed))
    assert text in page.content.decode()
    assert not Issue.objects.exists()
    assert not Reward.objects.exists()


def test_rows_of_a_draft_are_changed_added_and_deleted(office):
    issue = make_draft(make_activity(), box_rewards(make_product(), total=10, last=False))
    a, c = issue.rewards.order_by("sort")
    sent = [
        _box(id=a.pk, issue=issue.pk, product=a.product_id, name="大奖", quantity=3, sort=1, DELETE=""),
        _box(id=c.pk, issue=issue.pk, product=c.product_id, level="C", name="徽章", quantity=9, sort=3, DELETE="on"),
        _box(id="", issue=issue.pk, points=20, level="D", quantity=5),
    ]
    save(
        office,
        f"/admin/activities/issue/{issue.pk}/change/",
        {"number": issue.number, **NO_WINDOW, **rows("rewards", *sent, initial=2)},
    )
    assert list(issue.rewards.order_by("sort").values_list("level", "name", "quantity")) == [
        ("A", "大奖", 3),
        ("D", "20 积分", 5),
    ]


def test_opening_says_what_it_takes_and_does_it(office):
    product = make_product(stock=100)
    issue = make_draft(make_activity(), box_rewards(product, total=10))
    url = f"/admin/activities/issue/{issue.pk}/open_issue/"
    told = office.get(url).content.decode()
    assert "<strong>10</strong> 抽" in told
    assert "<td>手办</td>" in told
    assert _status(issue) == IssueStatus.DRAFT  # asking changes nothing

    answer = open_by_dialog(office, issue.pk, reason="周末上新")
    issue.refresh_from_db()
    assert said(answer) == [f"第 1 期已开放，承诺 {issue.commitment[:12]}… 已写入公开日志"]
    assert _status(issue) == IssueStatus.OPEN
    assert Product.objects.get(pk=product.pk).stock == 89  # ten tickets and the Last prize
    assert OperationLog.objects.get(action="开放期次").reason == "周末上新"


@pytest.mark.parametrize("open_it", [False, True])
def test_a_points_prize_without_a_picture_shows_that_of_points(office, open_it):
    issue = open_odds() if open_it else make_draft(make_activity(gameplay="infinite"), odds_rewards(make_product()))
    assert not issue.rewards.get(kind="points").image_url
    page = office.get(f"/admin/activities/issue/{issue.pk}/change/").content.decode()
    assert page.count('src="/static/backoffice/points.svg"') == 1


def test_opening_tells_every_price_that_freezes_and_what_the_endgame_rule_is(office):
    config = {"bundle_prices": [{"count": 5, "price_fen": 28_000}, {"count": 3, "price_fen": 17_000}]}
    issue = make_draft(make_activity(config=config), box_rewards(make_product(stock=100), total=20))
    told = office.get(f"/admin/activities/issue/{issue.pk}/open_issue/").content.decode()
    assert "价格：单抽 ¥60.00 或 600 积分；3 抽套餐 ¥170.00；5 抽套餐 ¥280.00</li>" in told
    assert "最后 10 抽按“尾盘规则”逐单销售：同一时间只接受一张还没付款的订单" in told


def test_it_does_not_open_without_a_reason(office):
    issue = make_draft(make_activity(), box_rewards(make_product(stock=100), total=10))
    answer = press(office, ISSUE, "open_issue", issue.pk, reason=" ")
    assert "HX-Redirect" not in answer
    assert "必填项" in answer.content.decode()
    assert _status(issue) == IssueStatus.DRAFT


@pytest.mark.parametrize(
    ("rewards", "problem"),
    [
        ([], "还没有奖品"),
        (
            [{"kind": "points", "points": 5, "level": "A", "name": "积分", "odds_ppm": 999_000}],
            "概率合计 99.9000%，应为 100%",
        ),
    ],
)
def test_what_does_not_add_up_is_named_and_stays_shut(office, rewards, problem):
    issue = make_draft(make_activity(gameplay="infinite"), rewards)
    assert problem in office.get(f"/admin/activities/issue/{issue.pk}/open_issue/").content.decode()
    answer = press(office, ISSUE, "open_issue", issue.pk, reason="")
    assert "HX-Redirect" not in answer
    assert problem in answer.content.decode()
    assert _status(issue) == IssueStatus.DRAFT
    assert problem in office.get(f"/admin/activities/activity/{issue.activity_id}/change/").content.decode()


def test_too_little_stock_is_named_before_anybody_presses(office):
    issue = make_draft(make_activity(), box_rewards(make_product(name="鲸鱼", stock=3), total=10))
    told = office.get(f"/admin/activities/issue/{issue.pk}/open_issue/").content.decode()
    assert "商品「鲸鱼」库存不足：需要 11，现有 3" in told


@pytest.mark.parametrize("open_one", [open_box, open_odds])
def test_an_opened_issue_shows_what_is_left_and_has_no_inputs(office, make_member, open_one):
    issue = open_one()
    buy(make_member(points_balance=600), issue, 1, now=NOW)
    url = f"/admin/activities/issue/{issue.pk}/change/"
    page = office.get(url).content.decode()
    assert "已售 <strong>1</strong>" in page
    assert 'name="rewards-0-level"' not in page
    assert issue.commitment in page
    assert office.post(url, {"number": 9}).status_code == 403
    assert office.post(f"/admin/activities/issue/{issue.pk}/delete/", {"post": "yes"}).status_code == 403


def test_an_issue_without_sales_closes_and_gives_its_stock_back(office):
    issue = open_box(total=20)
    answer = press(office, ISSUE, "close_issue", issue.pk, reason="配错了")
    assert said(answer) == ["已结束：密钥已公开，没抽出的奖品已退回库存"]
    assert _status(issue) == IssueStatus.CLOSED
    assert Product.objects.get().stock == 1000


def test_a_sale_binds_the_shop_and_the_button_says_so(office, make_member):
    issue = open_box(total=20)
    buy(make_member(points_balance=600), issue, 1, now=NOW)
    assert (
        "现在不能关闭：已有售出，须售罄"
        in office.get(f"/admin/activities/issue/{issue.pk}/close_issue/").content.decode()
    )
    answer = press(office, ISSUE, "close_issue", issue.pk, reason="不想卖了")
    assert "已有售出，须售罄或到达公示的结束时间" in answer.content.decode()
    assert _status(issue) == IssueStatus.OPEN


def test_the_next_issue_starts_as_a_copy(office):
    issue = open_box(total=20)
    answer = press(office, ISSUE, "copy_issue", issue.pk)
    copy = Issue.objects.get(number=2)
    assert answer["HX-Redirect"] == f"/admin/activities/issue/{copy.pk}/change/"
    names = ["level", "name", "quantity", "position", "cost_fen"]
    assert list(copy.rewards.order_by("sort").values(*names)) == list(issue.rewards.order_by("sort").values(*names))
    assert _status(copy) == IssueStatus.DRAFT


def test_the_activity_page_shows_issues_with_rewards_odds_and_margin(office):
    activity = make_activity(gameplay="infinite")
    make_draft(activity, odds_rewards(make_product()))
    page = office.get(f"/admin/activities/activity/{activity.pk}/change/").content.decode()
    assert "0.500%" in page
    assert "单抽毛利" in page
    assert page.count('class="bb-thumb"') >= 3
    assert f"/admin/activities/issue/add/?activity={activity.pk}" in page


def test_who_may_only_look_cannot_open(office_of, make_operator):
    issue = make_draft(make_activity(), box_rewards(make_product(), total=10))
    office = office_of(make_operator(permissions=["activities.view_issue", "activities.view_activity"]))
    assert press(office, ISSUE, "open_issue", issue.pk, reason="").status_code == 403
    page = office.get(f"/admin/activities/issue/{issue.pk}/change/")
    assert page.status_code == 200
    assert "开放本期</a>" not in page.content.decode()
    assert _status(issue) == IssueStatus.DRAFT


def test_an_activity_with_a_public_commitment_offers_no_deletion_and_keeps_its_gameplay(office):
    page, delete = ("/admin/activities/activity/{}/" + each for each in ("change/", "delete/"))
    draft = make_activity().pk
    assert delete.format(draft) in office.get(page.format(draft)).content.decode()
    opened = open_box().activity_id
    shown = office.get(page.format(opened))
    assert delete.format(opened) not in shown.content.decode()
    assert shown.context["adminform"].form.fields["gameplay"].disabled
    assert office.post(delete.format(opened), {"post": "yes"}).status_code == 403
    assert Activity.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "¥60.00 或 600 积分"),
        ({"price_points": None}, "¥60.00"),
        ({"price_fen": None}, "600 积分"),
        ({"price_fen": None, "price_points": None, "gameplay": "timed"}, "免费"),
    ],
)
def test_the_list_names_every_price_and_what_is_free(office, changes, told):
    activity = make_activity()
    Activity.objects.filter(pk=activity.pk).update(**changes)
    assert f">{told}<" in re.sub(r"\s*([<>])\s*", r"\1", office.get("/admin/activities/activity/").content.decode())


def test_an_issue_that_was_deleted_meanwhile_leads_home(office):
    answer = office.get("/admin/activities/issue/999/change/")
    assert answer.status_code == 302
