"""What stands between a draft and its sale: money lost unawares, and the price guidance."""

from datetime import timedelta

import pytest

from activities.enums import IssueStatus
from activities.errors import IssueCannotOpen, TermsFrozen
from activities.models import IssueCounter, LossApproval, Reward
from activities.services import approving, opening
from activities.services.simulating.report import simulate
from blindbox.common.errors import Invalid
from blindbox.system.audit import SYSTEM
from blindbox.system.configs import change
from blindbox.system.models import OperationLog
from tests.factories.activities import NOW, box_rewards, make_activity, make_draft, make_product, odds_rewards, open_box
from tests.factories.glue import make_tool

pytestmark = pytest.mark.django_db
LOSS = "需要有权限的人批准亏损预算"


def draft(**activity):
    return make_draft(make_activity(**activity), box_rewards(make_product(), total=20))


def open_it(issue):
    return opening.open_issue(issue_id=issue.pk, actor=SYSTEM, now=NOW)


def approve(issue, budget_fen):
    return approving.approve_loss(issue_id=issue.pk, budget_fen=budget_fen, reason="新店引流", actor=SYSTEM, now=NOW)


def refused(issue, text):
    with pytest.raises(IssueCannotOpen, match=text):
        open_it(issue)
    assert IssueCounter.objects.get(pk=issue.pk).status == IssueStatus.DRAFT
    return True


# a box of twenty costs 30,000 fen, the last prize what its product does: 1,500 a draw


@pytest.mark.parametrize("prices", [(1499, None), (6000, 149), (None, 149)])
def test_what_costs_more_than_it_brings_needs_a_budget(prices):
    issue = draft(price_fen=prices[0], price_points=prices[1])
    assert refused(issue, LOSS)
    assert LOSS in "".join(opening.preview(issue_id=issue.pk).problems)


@pytest.mark.parametrize("prices", [(1500, None), (6000, 150), (None, 150)])
def test_what_earns_its_cost_opens(prices):
    issue = draft(price_fen=prices[0], price_points=prices[1])
    assert opening.preview(issue_id=issue.pk).problems == []
    assert open_it(issue).commitment


def test_the_cheapest_bundle_counts():
    config = {"bundle_prices": [{"count": 10, "price_fen": 14_999}]}
    assert refused(draft(config=config), LOSS)


@pytest.mark.parametrize(("points", "fits"), [(600, True), (601, False)])
def test_points_that_are_given_away_cost_what_they_are_worth(points, fits):
    own = {"name": "积分", "level": "A", "kind": "points", "points": points, "odds_ppm": 1_000_000}
    issue = make_draft(make_activity(gameplay="infinite"), [own])
    assert open_it(issue).commitment if fits else refused(issue, LOSS)


@pytest.mark.parametrize("name", ["500 积分", "500积分"])
def test_points_are_not_sold_under_the_name_of_another_amount(name):
    own = {"name": name, "level": "A", "kind": "points", "points": 50, "odds_ppm": 1_000_000}
    issue = make_draft(make_activity(gameplay="infinite"), [own])
    assert refused(issue, f"「A {name}」实际是 50 积分：请改名称或积分数，使两者一致")
    Reward.objects.update(points=500)
    assert open_it(issue).commitment


def test_points_that_state_no_worth_are_worth_their_face():
    own = {"name": "积分", "level": "A", "kind": "points", "points": 500, "odds_ppm": 1_000_000}
    issue = make_draft(make_activity(gameplay="infinite"), [own])
    assert opening.preview(issue_id=issue.pk).expected_value_fen == 5000
    report = simulate(issue=issue, draws=10, seed="gate", now=NOW)
    assert (report.value_fen, report.cost_fen) == (5000, 5000)


def test_the_discount_of_a_buy_out_counts():
    """Whoever takes the box whole takes it for less: 1,667 less a tenth brings 1,501, less a little more does not."""
    prices = {"price_fen": 1667, "price_points": None}
    assert open_it(draft(config={"buy_out": {"discount_ppm": 100_000}}, **prices)).commitment
    assert refused(draft(config={"buy_out": {"discount_ppm": 101_001}}, name="另一箱", **prices), LOSS)


def test_a_budget_must_cover_the_whole_box():
    issue = draft(price_fen=1490, price_points=None)
    approve(issue, 199)
    assert refused(issue, "整期期望亏损 ¥2.00，超过已批准的 ¥1.99")
    approve(issue, 200)
    assert open_it(issue).commitment
    assert LossApproval.objects.get().budget_fen == 200
    assert OperationLog.objects.filter(action="批准亏损预算", reason="新店引流").count() == 2


def test_a_budget_is_for_a_draft_and_more_than_nothing():
    with pytest.raises(TermsFrozen):
        approve(open_box(), 100)
    with pytest.raises(Invalid) as refusal:
        approve(draft(name="另一箱"), 0)
    assert "亏损预算必须大于 0" in str(refusal.value.fields)
    assert not LossApproval.objects.exists()


def test_what_is_not_stated_costs_what_its_products_do():
    product, own = make_product(cost_fen=7000), {"level": "A", "odds_ppm": 1_000_000, "reference_value_fen": 9000}
    single = {**own, "name": "手办", "kind": "product", "product_id": product.pk}
    dear = make_draft(make_activity(gameplay="infinite"), [single])
    assert opening.preview(issue_id=dear.pk).expected_cost_fen == 7000
    assert refused(dear, LOSS)
    bag = {
        **own,
        "name": "福袋",
        "kind": "bundle",
        "bundle": [{"product_id": product.pk, "quantity": 3}],
        "quantity": 1,
    }
    boxed = make_draft(make_activity(gameplay="lucky_bag", name="福袋"), [{**bag, "odds_ppm": None}])
    assert opening.preview(issue_id=boxed.pk).expected_cost_fen == 21_000
    stated = make_draft(make_activity(gameplay="infinite", name="另一期"), [{**single, "cost_fen": 6000}])
    assert open_it(stated).commitment


def test_a_free_draw_loses_all_that_it_gives():
    mug = make_product(cost_fen=50)
    gift = {"level": "A", "name": "马克杯", "kind": "product", "product_id": mug.pk, "odds_ppm": 1_000_000}
    issue = make_draft(make_tool(), [gift], ends_at=NOW + timedelta(days=1))
    assert refused(issue, "单抽期望成本 ¥0.50 高于最低收入 ¥0.00：需要有权限的人批准亏损预算")
    approve(issue, 1)  # endless, so what it loses is stopped where the budget ends
    assert open_it(issue).commitment


@pytest.mark.parametrize(("budget_fen", "fits"), [(39_999, False), (40_000, True)])
def test_a_free_issue_of_limited_prizes_needs_a_budget_for_all_of_them(budget_fen, fits):
    """700 × 40 fen and 10 × 1,200 fen, however likely they are; what costs nothing counts for nothing."""
    rewards = [
        {"level": "A", "name": "积分", "kind": "points", "points": 4, "quantity": 700, "odds_ppm": 1, "cost_fen": 40},
        {
            "level": "B",
            "name": "余额",
            "kind": "points",
            "points": 120,
            "quantity": 10,
            "odds_ppm": 999_999,
            "cost_fen": 1200,
        },
    ]
    issue = make_draft(make_tool(), rewards, ends_at=NOW + timedelta(days=1))
    approve(issue, budget_fen)
    assert opening.preview(issue_id=issue.pk).whole_loss_fen == 40_000
    assert open_it(issue).commitment if fits else refused(issue, "整期期望亏损 ¥400.00，超过已批准的 ¥399.99")


def test_points_of_a_free_draw_are_a_gift_that_an_operator_is_told_of():
    gift = {"level": "A", "name": "积分", "kind": "points", "points": 5, "odds_ppm": 500_000}
    free = make_draft(make_tool(), [gift], ends_at=NOW + timedelta(days=1))
    preview = opening.preview(issue_id=free.pk)
    assert (preview.warnings, preview.expected_cost_fen) == (["免费抽奖：平均每抽送出 2.50 积分，折合 ¥0.25"], 0)
    assert open_it(free).commitment
    paid = make_draft(make_tool(name="积分抽", price_points=2), [gift], ends_at=NOW + timedelta(days=1))
    assert refused(paid, "单抽期望成本 ¥0.25 高于最低收入 ¥0.20：需要有权限的人批准亏损预算")
    credit = {"level": "A", "name": "余额", "kind": "points", "points": 5, "cost_fen": 1, "odds_ppm": 1_000_000}
    stated = make_draft(make_tool(name="写明成本"), [credit], ends_at=NOW + timedelta(days=1))
    assert refused(stated, LOSS)


def test_a_guarantee_is_never_sold_at_a_loss():
    """Where the budget ends the sale stops, and whoever is on the way to the guarantee would lose it."""
    own = {"kind": "points", "points": 601, "name": "积分"}
    rewards = [{**own, "level": "A", "odds_ppm": 100_000}, {**own, "level": "C", "odds_ppm": 900_000}]
    config = {"guarantee": {"levels": ["A"], "within": 5}}
    issue = make_draft(make_activity(gameplay="infinite", config=config), rewards)
    approve(issue, 10**9)
    assert refused(issue, "有保底的期次不能亏本开放")


def test_points_are_held_to_the_price_guidance_at_their_worth():
    dear = draft(price_fen=6000, price_points=2001)
    assert refused(dear, "单抽 2001 积分，折合 ¥200.10 超过上限 ¥200.00")
    assert refused(draft(name="只用积分", price_fen=None, price_points=2001), "单抽 2001 积分，折合 ¥200.10 超过上限")
    assert open_it(draft(name="刚好", price_fen=6000, price_points=2000)).commitment


def test_the_price_guidance_is_a_setting():
    dear = draft(price_fen=20_001)
    assert refused(dear, "超过上限 ¥200.00")
    change(key="compliance.highest_price_fen", value=30_000, actor=SYSTEM, now=NOW)
    assert open_it(dear).commitment
    assert open_it(draft(name="刚好", price_fen=20_000)).commitment


def test_a_prize_worth_less_than_the_price_is_told_and_does_not_stop_the_sale():
    product = make_product()
    rewards = [{**odds_rewards(product)[0], "odds_ppm": 1_000_000, "reference_value_fen": 5999}]
    issue = make_draft(make_activity(gameplay="infinite", price_fen=6000), rewards)
    found = opening.preview(issue_id=issue.pk)
    assert found.problems == []
    assert found.warnings == [
        "最低参考价 ¥59.99 低于单抽价格 ¥60.00：微信要求盲盒内单品参考价不低于售价，请确认",
        "单抽期望参考价 ¥59.99 低于单抽价格 ¥60.00：平均来说买家不划算，请确认",
    ]
    assert opening.preview(issue_id=draft().pk).warnings == ["没有填结束时间：有人抽过之后只有售罄才能结束"]
