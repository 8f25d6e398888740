"""What the dialog of opening tells beforehand: each rule that freezes, a missing end, all problems at once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from activities.errors import DraftChanged
from activities.models import Activity, Issue, IssueCounter, Reward
from blindbox.system.models import OperationLog
from catalog.models import Product
from tests.factories.activities import box_rewards, make_activity, make_draft, make_product, odds_rewards
from tests.factories.pages import admin_url, inputs_of, press

pytestmark = pytest.mark.django_db
NO_END = "没有填结束时间：有人抽过之后只有售罄才能结束"
ALL = {
    "pick_number": True,
    "box_lock": {"seconds": 90},
    "buy_out": {"discount_ppm": 25_000, "after_sold_percent": 30},
    "auto_next": True,
}


def dialog(office, issue):
    return office.get(f"/admin/activities/issue/{issue.pk}/open_issue/").content.decode()


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({}, "每单最多 10 抽；可以包下剩余全部，没有优惠；不能锁箱；不能选号：票号按售出的顺序；售罄后不自动开下一期"),
        (ALL, "可以包下剩余全部，优惠 2.5%，售出 30% 之后；锁箱：每人独占 90 秒；由用户选号；售罄后自动开下一期"),
        ({"buy_out": False}, "不能包箱；不能锁箱"),
    ],
)
def test_the_dialog_lists_every_rule_of_a_box_that_freezes(office, config, told):
    issue = make_draft(make_activity(config=config), box_rewards(make_product(stock=100), total=10))
    assert told in dialog(office, issue)


def test_a_play_by_odds_has_no_rules_of_a_box(office):
    issue = make_draft(make_activity(gameplay="infinite"), odds_rewards(make_product()))
    told = dialog(office, issue)
    assert ("每单最多 10 抽" in told, "包箱" in told, "锁箱" in told) == (True, False, False)


@pytest.mark.parametrize(("days", "warned"), [(None, True), (30, False)])
def test_a_box_without_an_end_is_warned_of(office, days, warned):
    ends_at = None if days is None else timezone.now() + timedelta(days=days)
    issue = make_draft(make_activity(), box_rewards(make_product(stock=100), total=10), ends_at=ends_at)
    assert (NO_END in dialog(office, issue)) is warned


def test_a_loss_is_told_together_with_what_else_is_missing(office):
    """The stock, the end that has passed and the budget: three calls for three colleagues, made at once."""
    product = make_product(stock=3)
    activity = make_activity(price_fen=1490, price_points=None)
    past = timezone.now() - timedelta(minutes=1)
    issue = make_draft(activity, box_rewards(product, total=20), ends_at=past)
    page = office.get(f"/admin/activities/issue/{issue.pk}/change/").content.decode()
    budget = "需要有权限的人批准亏损预算（期次页的「批准亏损预算」），至少 ¥2.00，即整期期望亏损"
    stock = f"商品「{product.name}」库存不足：需要 21，现有 3"
    assert [text in page for text in (budget, stock, "结束时间已过")] == [True] * 3
    assert Product.objects.get(pk=product.pk).stock == 3
    assert IssueCounter.objects.get(pk=issue.pk).status == "draft"


def test_no_loss_is_told_of_odds_that_do_not_add_up(office):
    rewards = [{"kind": "points", "points": 5, "level": "A", "name": "积分", "odds_ppm": 999_000}]
    told = dialog(office, make_draft(make_activity(gameplay="infinite", price_fen=1, price_points=None), rewards))
    assert ("概率合计 99.9000%，应为 100%" in told, "亏损预算" in told) == (True, False)


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda issue: Reward.objects.filter(issue=issue, level="A").update(quantity=2),
        lambda issue: Activity.objects.update(price_fen=7000),
        lambda issue: Issue.objects.update(ends_at=timezone.now() + timedelta(days=9)),
    ],
    ids=["reward", "price", "end"],
)
def test_what_a_colleague_changed_behind_the_dialog_is_not_opened(office, meanwhile):
    issue = make_draft(make_activity(), box_rewards(make_product(stock=100), total=10))
    url = admin_url(Issue, "open_issue", issue.pk)
    shown = inputs_of(office.get(url))["draft"]
    meanwhile(issue)
    answer = press(office, "activities.issue", "open_issue", issue.pk, reason="上新", draft=shown)
    assert "HX-Redirect" not in answer
    assert DraftChanged.message in answer.content.decode()
    assert IssueCounter.objects.get(pk=issue.pk).status == "draft"
    assert Issue.objects.get().terms == ""
    assert Product.objects.get().stock == 100
    assert not OperationLog.objects.filter(action="开放期次").exists()
    # the modal shows the draft as it is now, and that can be confirmed
    agreed = inputs_of(answer)["draft"]
    assert "HX-Redirect" in press(office, "activities.issue", "open_issue", issue.pk, reason="上新", draft=agreed)
    assert IssueCounter.objects.get(pk=issue.pk).status == "open"


@pytest.mark.parametrize("draft", [{}, {"draft": ""}, {"draft": "0" * 64}])
def test_an_opening_that_was_shown_nothing_is_refused(office, draft):
    issue = make_draft(make_activity(), box_rewards(make_product(stock=100), total=10))
    answer = press(office, "activities.issue", "open_issue", issue.pk, reason="上新", **draft)
    assert DraftChanged.message in answer.content.decode()
    assert (IssueCounter.objects.get().status, Product.objects.get().stock) == ("draft", 100)
