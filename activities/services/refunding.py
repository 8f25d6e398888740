"""
Staff refund a whole drawn order whose units nobody moved; the tickets are not sold again (docs/fairness.md).

An order that was paid and cannot be drawn at all has a way out of its own, once the outbox gave up on it.
"""

from dataclasses import dataclass
from datetime import datetime

from accounts.services import points
from activities.enums import BatchStatus, RewardKind
from activities.errors import DrawNotFound, DrawsAlreadyRefunded, DrawsNotSettled
from activities.events import DrawsRefunded
from activities.gameplay.base import Prize, Terms
from activities.models import DrawBatch, DrawLog
from activities.services import allowances, granting, guarantees, holds, terms
from activities.services.glue import delivering
from activities.services.prizes.base import Won
from blindbox.common.retry import in_transaction
from blindbox.system import audit, outbox
from blindbox.system import selectors as system
from orders.enums import OrderStatus, RefundReason, StaffRefund
from orders.events import OrderPaid
from orders.services import refunding

SETTLER = "activities.settle_draw"  # who draws what was paid for


@in_transaction
def refund_order(*, order_id: int, reason: str, actor: audit.Actor, now: datetime) -> None:
    """
    Take everything back that an order won, then refund it.

    :raises DrawsNotSettled: if the order is paid and not drawn yet
    :raises DrawNotFound: if the order bought no draws
    :raises OrderNotRefundable: if it is not paid or a refund runs
    :raises InventoryNotHeld: if a unit was given away or shipped
    """
    refund = refunding.request_order(order_id=order_id, reason=RefundReason.STAFF, note=reason[:80], now=now)
    batch = _batch(order_id)
    if batch.settled_at is None:
        raise DrawsNotSettled
    promised = terms.of_issue(batch.issue_id)
    _take_rows(batch, promised, now=now)
    if not DrawBatch.objects.filter(pk=batch.pk, status=BatchStatus.SETTLED).update(status=BatchStatus.REFUNDED):
        raise DrawsAlreadyRefunded
    delivering.void(batch_id=batch.pk, now=now)
    won = _won(batch, promised)
    granting.take_back_all(member_id=batch.member_id, batch_id=batch.pk, won=won, now=now)
    DrawLog.objects.filter(batch=batch).update(refunded=True)
    outbox.publish(DrawsRefunded(key=f"batch:{batch.pk}", batch_id=batch.pk), now=now)
    misses_before, misses_after = guarantees.roll_back(batch, promised)
    before = {"status": OrderStatus.COMPLETED, **misses_before}  # what is drawn was completed with the draw
    sides = (before, refunding.said(refund) | _counted(won).said() | misses_after)
    change = audit.Change(StaffRefund.WHOLE, "Order", order_id, refund.order.order_no, *sides, reason)
    audit.record(change, actor=actor, now=now)


@dataclass(frozen=True)
class Winnings:
    """What an order won and a refund takes back again."""

    units: int
    points: int
    vouchers: int  # coupons and amounts of purse credit

    def said(self) -> dict[str, int]:
        """Return what there is, as the operation log keeps it."""
        counts = {"units_taken": self.units, "points_taken": self.points, "vouchers_taken": self.vouchers}
        return {name: n for name, n in counts.items() if n}


def winnings(order_id: int) -> Winnings:
    """
    Return what a refund of this order would take back now.

    :raises DrawNotFound: if the order bought no draws
    """
    batch = _batch(order_id)
    return _counted(_won(batch, terms.of_issue(batch.issue_id)))


def _won(batch: DrawBatch, promised: Terms) -> Won:
    """Return what the member got of a batch: prizes that were never delivered are not among them."""
    drawn = DrawLog.objects.filter(batch=batch).order_by("idx").values_list("idx", "reward_id")
    arrived = delivering.delivered(batch.pk)
    return [(idx, promised.prize_by_id[pk]) for idx, pk in drawn if arrived is None or idx in arrived]


def _counted(won: Won) -> Winnings:
    def of(*kinds: RewardKind) -> list[Prize]:
        return [prize for _, prize in won if prize.kind in kinds]

    points_won = sum(prize.points or 0 for prize in of(RewardKind.POINTS))
    units, vouchers = of(RewardKind.PRODUCT, RewardKind.BUNDLE), of(RewardKind.COUPON, RewardKind.WALLET)
    return Winnings(units=len(units), points=points_won, vouchers=len(vouchers))


def _take_rows(batch: DrawBatch, promised: Terms, *, now: datetime) -> None:
    """Take the member's rows in the order of locks: account, allowances, then the player's."""
    if granting.touches_accounts(promised):
        points.hold_account(member_id=batch.member_id, now=now)
    allowances.give_back(allowances.of_batch(batch))
    guarantees.hold(batch, promised)


def _batch(order_id: int) -> DrawBatch:
    batch = DrawBatch.objects.filter(order_id=order_id).first()
    if batch is None:
        raise DrawNotFound
    return batch


def is_stuck(*, order_id: int) -> bool:
    """Tell whether the outbox gave up on drawing what this order paid for."""
    batch = DrawBatch.objects.filter(order_id=order_id, settled_at__isnull=True)
    return batch.exists() and system.is_given_up(topic=OrderPaid.topic, key=f"order:{order_id}", subscriber=SETTLER)


@in_transaction
def refund_stuck(*, order_id: int, reason: str, actor: audit.Actor, now: datetime) -> None:
    """
    Refund a paid order that cannot be drawn and give its hold back; nothing was won. Whoever revives the message
    afterwards finds the order refunded and draws nothing.

    :raises OrderNotRefundable: if it is not paid or a refund runs
    :raises DrawsNotSettled: if the outbox has not given up on it
    """
    refund = refunding.request_order(order_id=order_id, reason=RefundReason.STAFF, note=reason[:80], now=now)
    if not is_stuck(order_id=order_id):  # the order is ours by now, so nobody draws it while we look
        raise DrawsNotSettled
    if holds.release(order_id=order_id, now=now):
        DrawBatch.objects.filter(order_id=order_id).update(lapsed_at=None)  # not the member's doing: no strike
    sides = ({"status": OrderStatus.PAID}, refunding.said(refund))
    change = audit.Change(StaffRefund.STUCK, "Order", order_id, refund.order.order_no, *sides, reason)
    audit.record(change, actor=actor, now=now)
