"""
The amount that a draw is for, from what the shop itself recorded while the activity was on: cash paid for an order, or
points spent, whichever of the two the terms name. What was spent on the activity's own draws is no ground for another.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from accounts.enums import PointReason
from accounts.selectors import points
from activities import selectors
from activities.errors import AmountRefusal, AmountUnusable
from activities.gameplay.amount_range import ORDER, POINTS
from activities.gameplay.base import Terms
from activities.models import Activity
from orders import selectors as orders
from orders.enums import OrderStatus
from orders.errors import OrderNotFound

if TYPE_CHECKING:
    from orders.models import Order

HINTS = {ORDER: "order:订单号", POINTS: "points:积分流水编号"}
_WHY_NOT = {
    OrderStatus.PENDING: AmountRefusal.NOT_PAID,
    OrderStatus.CLOSED: AmountRefusal.CLOSED,
    OrderStatus.REFUNDING: AmountRefusal.REFUNDED,
    OrderStatus.REFUNDED: AmountRefusal.REFUNDED,
}


@dataclass(frozen=True)
class Amount:
    """A source under its one name, and what it is worth: fen of an order, points of a spend."""

    ref: str
    value: int


@dataclass(frozen=True)
class _Source:
    """What a reference names: the order behind it, and when it was paid or spent."""

    amount: Amount
    order: "Order"
    at: datetime | None


def of(member_id: int, ref: str, *, promised: Terms) -> Amount:
    """
    Return the amount that a member's own order or spend stands for.

    :raises AmountUnusable: if it is nobody's, another's, unpaid or refunded, not of the kind that the terms name, from
        before or after the activity, or spent on the activity itself; the refusal says which
    """
    kind, _, key = ref.partition(":")
    if kind != promised.config["amount_from"]:
        raise AmountUnusable(AmountRefusal.WRONG_KIND)
    source = {ORDER: _of_order, POINTS: _of_points}[kind](member_id, key)
    at, order_id = source.at, source.order.pk
    if at is None:
        raise AmountUnusable(AmountRefusal.NOT_PAID)
    if not selectors.may_be_drawn_for(promised.activity_id, order_id=order_id, at=at):
        raise AmountUnusable(_out_of_place(promised.activity_id, at))
    return source.amount


def _out_of_place(activity_id: int, at: datetime) -> AmountRefusal:
    starts_at, ends_at = Activity.objects.values_list("starts_at", "ends_at").get(pk=activity_id)
    if at < starts_at:
        return AmountRefusal.TOO_EARLY
    return AmountRefusal.TOO_LATE if ends_at is not None and at >= ends_at else AmountRefusal.OWN_DRAWS


def refs_of_order(order_no: str) -> list[str]:
    """Return every name under which an order can stand for an amount: its cash, and each spend of points on it."""
    spends = points.entries_for(PointReason.ORDER).filter(ref=order_no, delta__lt=0).values_list("pk", flat=True)
    return [f"{ORDER}:{order_no}", *(f"{POINTS}:{pk}" for pk in spends)]


def _of_order(member_id: int, order_no: str) -> _Source:
    order = _paid(member_id, order_no)
    return _Source(Amount(f"{ORDER}:{order.order_no}", order.paid_fen - order.refunded_fen), order, order.paid_at)


def _of_points(member_id: int, key: str) -> _Source:
    if not (key.isascii() and key.isdecimal()) or len(key) > 18:
        raise AmountUnusable(AmountRefusal.NOT_FOUND)
    spent = points.point_entries(member_id=member_id).filter(reason=PointReason.ORDER, delta__lt=0)
    entry = spent.filter(pk=int(key)).first()
    if entry is None:
        raise AmountUnusable(AmountRefusal.NOT_FOUND)
    return _Source(Amount(f"{POINTS}:{entry.pk}", -entry.delta), _paid(member_id, entry.ref), entry.occurred_at)


def _paid(member_id: int, order_no: str) -> "Order":
    """Return a member's order while it is paid for and no refund was decided."""
    try:
        order = orders.order_of(member_id=member_id, order_no=order_no)
    except OrderNotFound as unknown:
        raise AmountUnusable(AmountRefusal.NOT_FOUND) from unknown
    refusal = _WHY_NOT.get(OrderStatus(order.status))
    if refusal is not None:
        raise AmountUnusable(refusal)
    return order


def order_of(member_id: int, ref: str) -> str:
    """Return the number of the order behind a source that was used."""
    kind, _, key = ref.partition(":")
    return key if kind == ORDER else points.point_entries(member_id=member_id).get(pk=int(key)).ref
