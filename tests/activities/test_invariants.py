"""Each invariant of draws is silent on good rows and names a planted violation."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.models import PointEntry
from activities.models import DrawBatch, DrawLog, Issue, IssueCounter, Reward
from blindbox.common.invariants import violations
from orders.enums import OrderStatus
from orders.models import InventoryItem, Order
from tests.factories.activities import NOW, open_box, open_odds
from tests.factories.draws import CHECKS, buy, hold

pytestmark = pytest.mark.django_db
OURS = CHECKS


@pytest.fixture
def member(make_member):
    return make_member(points_balance=1_000_000)


@pytest.fixture
def box(member):
    """A box of six: three sold, two held."""
    issue = open_box(total=6)
    buy(member, issue, 3, now=NOW)
    hold(member, issue, 2, now=NOW)
    return issue


@pytest.fixture
def odds(member):
    issue = open_odds()
    buy(member, issue, 10, now=NOW)
    return issue


def found(*ids):
    return [(each.id, each.what) for each in violations(ids or OURS)]


def names():
    return {each.id for each in violations(OURS)}


def test_good_draws_break_nothing(box, odds):
    assert found() == []


def test_p6_an_order_without_a_batch(box):
    order = Order.objects.get(status=OrderStatus.PENDING)
    DrawBatch.objects.filter(order_id=order.pk).update(order_id=10**6)
    batch = DrawBatch.objects.get(order_id=10**6)
    assert found("P6") == [
        ("P6", f"订单 {order.order_no}：没有抽奖批次"),
        ("P6", f"批次 {batch.pk}：状态 held，订单状态 "),
    ]


def test_p6_a_batch_that_is_drawn_while_its_order_is_not_paid(box):
    order = Order.objects.get(status=OrderStatus.PENDING)
    batch = DrawBatch.objects.get(order_id=order.pk)
    DrawBatch.objects.filter(pk=batch.pk).update(status="settled", hold_slot=None, settled_at=NOW)
    assert found("P6") == [
        ("P6", f"批次 {batch.pk}：状态 settled，订单状态 pending"),
        ("P6", f"批次 {batch.pk}：购买 2 抽，结果 0 个"),
    ]


def test_p6_a_result_that_is_missing(odds):
    log = DrawLog.objects.first()
    DrawLog.objects.filter(pk=log.pk).delete()
    assert found("P6") == [("P6", f"批次 {log.batch_id}：购买 10 抽，结果 9 个")]


def test_p6_a_paid_order_that_waits_too_long(box):
    order = Order.objects.get(status=OrderStatus.PENDING)
    Order.objects.filter(pk=order.pk).update(status="paid", paid_at=NOW - timedelta(days=1), paid_fen=F("payable_fen"))
    assert found("P6") == [("P6", f"订单 {order.order_no}：已支付，超过 60 秒没有开奖")]
    Order.objects.filter(pk=order.pk).update(updated_at=timezone.now())  # WeChat took it yesterday, we learn of it now
    assert found("P6") == []


def test_d1_a_ticket_drawn_twice(box):
    second = DrawLog.objects.get(sale_no=2)
    DrawLog.objects.filter(pk=second.pk).update(ticket_no=1)
    assert found("D1") == [("D1", f"期次 {box.pk}：1 号票抽出 2 次")]


def test_d1_a_ticket_that_is_not_in_the_box(box):
    log = DrawLog.objects.get(sale_no=2)
    DrawLog.objects.filter(pk=log.pk).update(ticket_no=7)
    assert found("D1") == [("D1", f"抽奖 {log.pk}：7 号票不在箱内")]


def test_d2_a_counter_that_says_more_than_was_drawn(box):
    IssueCounter.objects.filter(pk=box.pk).update(sold=4)
    assert found("D2") == [("D2", f"期次 {box.pk}：已售 4，抽奖 3，总数 6")]


def test_d3_a_reward_given_too_often(box):
    reward = Reward.objects.get(issue=box, level="A")
    DrawLog.objects.filter(issue=box).update(reward=reward)
    assert found("D3") == [("D3", f"奖品 {reward.pk}：数量 1，发出 3")]


def test_d3_a_reward_that_a_sold_out_box_still_owes(member):
    issue = open_box(total=3)
    buy(member, issue, 3, now=NOW)
    last = Reward.objects.get(issue=issue, level="LAST")
    DrawLog.objects.filter(reward=last).delete()
    assert found("D3") == [("D3", f"奖品 {last.pk}：数量 1，发出 0")]


def test_d4_a_draw_that_the_commitment_does_not_lead_to(box):
    log = DrawLog.objects.get(sale_no=1)
    other = Reward.objects.get(issue=box, level="LAST")
    DrawLog.objects.filter(pk=log.pk).update(reward=other)
    assert found("D4") == [("D4", f"抽奖 {log.pk}：奖品为 {other.pk}，应为 {log.reward_id}")]


def test_d5_a_reward_that_changed_after_opening(odds):
    Reward.objects.filter(issue=odds, level="A").update(odds_ppm=4_999)
    assert found("D5") == [("D5", f"期次 {odds.pk}：奖品与条款不一致")]


def test_d5_results_that_the_odds_hardly_allow(member):
    issue = open_odds()
    for _ in range(12):
        buy(member, issue, 10, now=NOW)
    assert found("D5") == []
    DrawLog.objects.filter(issue=issue).update(roll=5_000)
    assert [each[1].startswith(f"期次 {issue.pk}：实际频率与概率相差过大") for each in found("D5")] == [True]


def test_d5_odds_that_do_not_add_up(odds):
    issue = Issue.objects.get(pk=odds.pk)
    Issue.objects.filter(pk=odds.pk).update(terms=issue.terms.replace('"odds_ppm":5000,', '"odds_ppm":6000,'))
    assert ("D5", f"期次 {odds.pk}：概率合计 1001000") in found("D5")


def test_d7_a_prize_that_was_not_handed_over(box):
    item = InventoryItem.objects.first()
    log = DrawLog.objects.get(batch_id=item.source_id, idx=item.source_part)
    InventoryItem.objects.filter(pk=item.pk).delete()
    assert found("D7") == [("D7", f"抽奖 {log.pk}：没有发放商品")]


def test_d7_a_prize_that_nobody_drew(box):
    item = InventoryItem.objects.first()
    InventoryItem.objects.filter(pk=item.pk).update(source_part=99)
    assert ("D7", f"持仓 {item.pk}：没有对应的抽奖结果") in found("D7")


def test_d7_points_that_were_not_posted(odds):
    entry = PointEntry.objects.filter(reason="draw_prize").first()
    batch_id, idx = entry.ref.split(":")
    log = DrawLog.objects.get(batch_id=batch_id, idx=idx)
    PointEntry.objects.filter(pk=entry.pk).update(delta=49)
    assert found("D7") == [("D7", f"抽奖 {log.pk}：应得积分没有入账或数额不符（入账 49）")]
    PointEntry.objects.filter(pk=entry.pk).update(delta=50, ref="1:99")
    assert [each[1] for each in found("D7")] == [
        f"抽奖 {log.pk}：应得积分没有入账或数额不符（入账 None）",
        f"积分流水 {entry.pk}：没有对应的抽奖结果",
    ]


def test_d11_a_hold_that_the_counter_forgot(box):
    IssueCounter.objects.filter(pk=box.pk).update(reserved=1)
    assert found("D11") == [("D11", f"期次 {box.pk}：锁定 1，待支付批次合计 2")]
