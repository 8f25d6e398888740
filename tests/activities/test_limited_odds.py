"""Limited prizes of plays by published odds, through the services: never overdrawn, no paid draw without a prize."""

from datetime import timedelta

import pytest

from activities.errors import AllReserved, IssueCannotOpen, IssuePaused, NotEnoughLeft
from activities.models import DrawLog, IssueCounter, Reward, RewardStock
from activities.services import closing, holds, opening, refunding, verifying
from blindbox.common.invariants import violations
from blindbox.system.audit import SYSTEM
from catalog.models import Product
from orders.models import InventoryItem, Order, Refund
from orders.services import lifecycle
from tests.factories.activities import NOW, make_activity, make_draft, make_product
from tests.factories.draws import CHECKS, buy, hold, pay, settle
from tests.factories.odds import draft_of, open_issue_of

pytestmark = pytest.mark.django_db
SUBSTITUTE = {"on_sold_out": "substitute"}
ALWAYS_A = [("A", 999_999, 7), ("C", 1)]
A_THEN_S = [("A", 999_998, 7, "S"), ("S", 1), ("C", 1)]


def counter(issue):
    return IssueCounter.objects.values_list("sold", "reserved", "cap_left").get(pk=issue.pk)


def stock():
    return list(RewardStock.objects.order_by("pk").values_list("total", "released", "given"))


def levels(issue):
    return "".join(DrawLog.objects.filter(issue=issue).order_by("sale_no").values_list("reward__level", flat=True))


def test_opening_lays_out_what_is_limited_and_says_how_far_it_bears():
    issue = open_issue_of([("A", 10_000, 5), ("B", 90_000, 9), ("C", 900_000)])
    assert (stock(), counter(issue)) == ([(5, 5, 0), (9, 9, 0)], (0, 0, 5))


def test_what_is_unlimited_has_no_stock_and_no_end(odds):
    assert (stock(), counter(odds)) == ([], (0, 0, None))


def test_a_limited_product_is_taken_from_the_shelf_and_returned_when_nobody_won_it(member):
    product = make_product(stock=10)
    rewards = [
        {"kind": "product", "product_id": product.pk, "level": "A", "name": "手办", "odds_ppm": 999_999, "quantity": 6},
        {"kind": "points", "points": 1, "level": "C", "name": "积分", "odds_ppm": 1},
    ]
    issue = make_draft(make_activity(gameplay="infinite"), rewards)
    issue = opening.open_issue(issue_id=issue.pk, actor=SYSTEM, now=NOW)
    assert Product.objects.get().stock == 4
    buy(member, issue, 2, now=NOW)
    closing.close(issue_id=issue.pk, actor=SYSTEM, now=issue.ends_at)
    assert (Product.objects.get().stock, InventoryItem.objects.count()) == (8, 2)
    assert violations(CHECKS) == []


def test_the_sale_stops_before_a_prize_could_be_missing(member, make_member):
    issue = open_issue_of(ALWAYS_A)
    buy(member, issue, 4, now=NOW)
    assert (levels(issue), counter(issue), stock()) == ("AAAA", (4, 0, 3), [(7, 7, 4)])
    with pytest.raises(NotEnoughLeft) as refusal:
        buy(member, issue, 4, now=NOW)
    assert (str(refusal.value), counter(issue)) == ("本期仅剩 3 抽", (4, 0, 3))
    buy(member, issue, 3, now=NOW)
    with pytest.raises(IssuePaused) as paused:
        hold(make_member(), issue, 1, now=NOW)
    assert (paused.value.code, str(paused.value)) == ("draw.paused", "本期的限量奖品已经发完，暂停销售")
    assert (counter(issue), Order.objects.count()) == ((7, 0, 0), 2)
    assert violations(CHECKS) == []


def test_held_draws_are_counted_as_if_each_won_the_rarest(member, make_member):
    issue = open_issue_of(ALWAYS_A)
    order_id = hold(member, issue, 5, now=NOW)
    with pytest.raises(AllReserved):
        buy(make_member(points_balance=6000), issue, 3, now=NOW)
    buy(make_member(points_balance=6000), issue, 2, now=NOW)
    pay(order_id, now=NOW)
    settle(order_id, now=NOW)
    assert (levels(issue), counter(issue)) == ("AAAAAAA", (7, 0, 0))
    assert violations(CHECKS) == []


def test_money_that_came_after_the_last_one_goes_back(member, make_member):
    issue = open_issue_of([("A", 999_999, 2), ("C", 1)])
    late, free = hold(member, issue, 2, now=NOW), NOW + timedelta(minutes=5)
    lifecycle.close_if_expired(order_id=late, now=free)
    assert holds.release(order_id=late, now=free)
    buy(make_member(points_balance=6000), issue, 2, now=free)
    pay(late, now=free)
    settle(late, now=free, late=True)
    assert (Order.objects.get(pk=late).status, Refund.objects.get().reason) == ("refunding", "late")
    assert (levels(issue), counter(issue)) == ("AA", (2, 0, 0))
    assert violations(CHECKS) == []


def test_a_declared_substitute_takes_over_within_one_order(member):
    issue = open_issue_of(A_THEN_S, config=SUBSTITUTE)
    assert counter(issue) == (0, 0, None)
    buy(member, issue, 5, now=NOW)
    buy(member, issue, 10, now=NOW)
    assert levels(issue) == "A" * 7 + "S" * 8
    a = Reward.objects.get(level="A")
    assert (
        list(DrawLog.objects.order_by("sale_no").values_list("detail", flat=True))
        == [None] * 7 + [{"substituted_for": a.pk}] * 8
    )
    assert (stock(), counter(issue)) == ([(7, 7, 7)], (15, 0, None))
    assert violations(CHECKS) == []


def test_a_refunded_unit_is_not_given_again(member):
    issue = open_issue_of(A_THEN_S, config=SUBSTITUTE)
    order_id = buy(member, issue, 7, now=NOW)
    refunding.refund_order(order_id=order_id, reason="包装破损", actor=SYSTEM, now=NOW)
    buy(member, issue, 1, now=NOW)
    assert (levels(issue), stock()) == ("A" * 7 + "S", [(7, 7, 7)])
    assert violations(CHECKS) == []


def test_a_paused_issue_can_be_closed(member):
    issue = open_issue_of([("A", 999_999, 1), ("C", 1)])
    buy(member, issue, 1, now=NOW)
    assert closing.close(issue_id=issue.pk, actor=SYSTEM, now=NOW) == "closed"


def test_a_substitute_is_checked_at_opening():
    issue = draft_of(A_THEN_S, config=SUBSTITUTE)
    Reward.objects.filter(level="S").update(reference_value_fen=99)
    with pytest.raises(IssueCannotOpen) as refusal:
        opening.open_issue(issue_id=issue.pk, actor=SYSTEM, now=NOW)
    assert str(refusal.value) == ("期次不能开放：「A A 赏积分」的替换奖品参考价更低：替换的奖品必须同值或更高")
    assert (stock(), counter(issue)) == ([], (0, 0, None))


# --- what is watched ----------------------------------------------------------------------------------------------


def found(check):
    return [each.what for each in violations([check])]


@pytest.fixture
def sold(member):
    """An issue of whose A five of seven are given."""
    issue = open_issue_of(A_THEN_S, config=SUBSTITUTE)
    buy(member, issue, 5, now=NOW)
    return issue


def test_d3_a_stock_that_counts_other_than_was_drawn(sold):
    a = Reward.objects.get(level="A")
    RewardStock.objects.update(given=4)
    assert found("D3") == [f"奖品 {a.pk}：库存记中出 4／7，抽奖 5"]
    RewardStock.objects.update(given=5, total=8)
    assert found("D3") == [f"奖品 {a.pk}：库存记中出 5／8，抽奖 5"]


def test_d3_a_counter_that_lets_more_be_sold_than_there_is(member):
    issue = open_issue_of(ALWAYS_A)
    buy(member, issue, 2, now=NOW)
    IssueCounter.objects.filter(pk=issue.pk).update(cap_left=6)
    assert found("D3") == [f"期次 {issue.pk}：限量余量 6，应为 5"]


def test_d5_looks_at_the_rolls_not_at_what_became_of_them(member):
    """After the seventh every A is an S, which is rare; that is not what chance did."""
    issue = open_issue_of(A_THEN_S, config=SUBSTITUTE)
    for _ in range(12):
        buy(member, issue, 10, now=NOW)
    assert levels(issue).count("S") > 100
    assert found("D5") == []


@pytest.mark.parametrize("sale_no", [1, 5])
def test_a_prize_that_was_replaced_while_there_were_more_is_found(sold, sale_no):
    s, a = Reward.objects.get(level="S"), Reward.objects.get(level="A")
    rows = DrawLog.objects.filter(sale_no=sale_no)
    assert rows.update(reward=s, detail={"substituted_for": a.pk}) == 1
    lines = list(verifying.discrepancies())
    assert [line.split("：")[1].split("为")[0] for line in lines] == ["奖品", "玩法记录"]


def test_a_number_of_the_sale_that_is_missing_is_found(sold):
    DrawLog.objects.filter(sale_no=5).update(sale_no=9)
    assert f"期次 {sold.pk}：售出序号不是 1 到 5 各一次" in list(verifying.discrepancies())


def test_more_than_there_was_without_a_substitute_is_found(member):
    issue = open_issue_of(ALWAYS_A)
    buy(member, issue, 7, now=NOW)
    DrawLog.objects.filter(sale_no=7).update(sale_no=8)
    assert any("限量奖品已发完，也没有替换奖品" in line or "售出序号" in line for line in verifying.discrepancies())
