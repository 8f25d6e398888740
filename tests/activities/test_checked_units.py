"""P7 and I4: refunded prizes are back, every unit of them, and each reward's units are what was drawn of it."""

import pytest

from accounts.models import PointEntry
from activities.models import DrawLog
from activities.services import opening, refunding
from activities.services.prizes.bundles import UNIT_STRIDE
from blindbox.common.invariants import violations
from blindbox.system.audit import SYSTEM
from orders.models import InventoryItem, Order
from tests.factories.activities import NOW, make_activity, make_draft, make_product, open_box
from tests.factories.draws import buy, open_box_of_all_positions

pytestmark = pytest.mark.django_db


@pytest.fixture
def bags(db):
    """An open issue of two bags of three units each."""
    lamp, towel = make_product(name="小夜灯"), make_product(name="毛巾")
    lines = [{"product_id": lamp.pk, "quantity": 1}, {"product_id": towel.pk, "quantity": 2}]
    bag = {"name": "福袋", "kind": "bundle", "bundle": lines, "reference_value_fen": 9000, "cost_fen": 3000}
    rewards = [{**bag, "level": level, "quantity": 1, "sort": n} for n, level in enumerate("AB")]
    draft = make_draft(make_activity(gameplay="lucky_bag"), rewards)
    return opening.open_issue(issue_id=draft.pk, actor=SYSTEM, now=NOW)


def refund(order_id):
    refunding.refund_order(order_id=order_id, reason="客诉", actor=SYSTEM, now=NOW)


def found(id):
    return [each.what for each in violations([id])]


def kept(item):
    InventoryItem.objects.filter(pk=item.pk).update(status="held", reason="")


def test_a_kept_and_a_refunded_bag_break_nothing(bags, member):
    buy(member, bags, 1, now=NOW)
    refund(buy(member, bags, 1, now=NOW))
    assert InventoryItem.objects.filter(status="gone").count() == 3
    assert violations(["P7", "I4", "D7"]) == []


def test_p7_the_last_unit_of_a_bag_that_its_member_kept(bags, member):
    refund(buy(member, bags, 1, now=NOW))
    last = InventoryItem.objects.get(source_part=2 * UNIT_STRIDE)
    kept(last)
    assert found("P7") == [f"持仓 {last.pk}（毛巾）：订单已退款，但仍为「持有中」"]
    reward = DrawLog.objects.get().reward_id
    assert found("I4") == [f"奖品 {reward}（已退款）：应有 3 件，发出 3 件，其中收回 2 件"]


def test_p7_the_prize_of_an_order_that_says_it_was_refunded(member):
    order_id = buy(member, open_box(total=4), 1, now=NOW)
    item = InventoryItem.objects.get()
    Order.objects.filter(pk=order_id).update(status="refunding")
    assert found("P7") == [f"持仓 {item.pk}（{item.title}）：订单已退款，但仍为「持有中」"]


def test_p7_points_that_were_not_taken_back(member):
    refund(buy(member, open_box_of_all_positions(), 1, now=NOW))
    back = PointEntry.objects.filter(reason="refund", delta=-1)
    assert (violations(["P7"]), back.exists()) == ([], True)
    log = DrawLog.objects.get(idx=0)
    one = back.get(ref=f"{log.batch_id}:0")
    PointEntry.objects.filter(pk=one.pk).update(delta=0)
    assert found("P7") == [f"抽奖 {log.pk}：订单已退款，奖品积分没有收回或数额不符（收回 0）"]
    one.delete()
    assert found("P7") == [f"抽奖 {log.pk}：订单已退款，奖品积分没有收回或数额不符（收回 None）"]


def test_i4_a_unit_that_vanished_and_one_too_many(bags, member):
    buy(member, bags, 2, now=NOW)
    logs = {log.idx: log for log in DrawLog.objects.all()}
    item = InventoryItem.objects.get(source_part=0)
    item.source_part = 1 + 7 * UNIT_STRIDE
    item.save()
    lines = {
        idx: f"奖品 {log.reward_id}（未退款）：应有 3 件，发出 {2 + 2 * idx} 件，其中收回 0 件"
        for idx, log in logs.items()
    }
    assert sorted(found("I4")) == sorted(lines.values())


def test_i4_a_unit_taken_back_although_nothing_was_refunded(member):
    buy(member, open_box(total=4, last=False), 1, now=NOW)
    InventoryItem.objects.update(status="gone", reason="refunded")
    reward = DrawLog.objects.get().reward_id
    assert found("I4") == [f"奖品 {reward}（未退款）：应有 1 件，发出 1 件，其中收回 1 件"]
