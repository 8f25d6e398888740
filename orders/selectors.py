"""What others ask of orders."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, QuerySet, Sum

from blindbox.system import selectors as system
from orders.enums import OrderSource, OrderStatus, PaymentStatus, RefundStatus
from orders.errors import OrderNotFound
from orders.events import PaymentNotified
from orders.models import InventoryItem, Order, OrderItem, Payment, PaymentCallback, Refund


def order(order_id: int) -> Order:
    """:raises Order.DoesNotExist: if there is none"""
    return Order.objects.get(pk=order_id)


def order_by_no(order_no: str) -> Order:
    """:raises OrderNotFound: if there is none"""
    found = Order.objects.filter(order_no=order_no).first()
    if found is None:
        raise OrderNotFound
    return found


def order_of(*, member_id: int, order_no: str) -> Order:
    """
    Return a member's own order.

    :raises OrderNotFound: if there is none of that number, or it is another member's
    """
    found = Order.objects.prefetch_related("items").filter(member_id=member_id, order_no=order_no).first()
    if found is None:
        raise OrderNotFound
    return found


def orders_of(
    member_id: int, *, source: str | None = None, status: str | None = None, created_after: datetime | None = None
) -> "QuerySet[Order]":
    """Return a member's orders, newest first, with all that a list shows."""
    wanted = {"source": source, "status": status, "created_at__gte": created_after}
    filters = {name: value for name, value in wanted.items() if value is not None}
    return Order.objects.filter(member_id=member_id, **filters).prefetch_related("items").order_by("-pk")


def title_of(order_id: int) -> str:
    """Return what WeChat's payment sheet shows."""
    return OrderItem.objects.values_list("title", flat=True).get(order_id=order_id, line=0)


def open_payment(order_id: int) -> Payment | None:
    """Return the payment of an order that WeChat may still take."""
    return Payment.objects.filter(order_id=order_id, status=PaymentStatus.PREPARED, closed_at__isnull=True).first()


def given_up(order_ids: Sequence[int], *, most: int) -> list[int]:
    """Return which of these orders were closed and WeChat, as far as we know, takes no money for them any more."""
    announced = Payment.objects.filter(order=OuterRef("pk"), status=PaymentStatus.PREPARED).exclude(prepay_id="")
    closed = Order.objects.filter(~Exists(announced), pk__in=order_ids, status=OrderStatus.CLOSED)
    return list(closed.order_by("pk").values_list("pk", flat=True)[:most])


def refund(refund_id: int) -> Refund:
    """:raises Refund.DoesNotExist: if there is none"""
    return Refund.objects.select_related("payment").get(pk=refund_id)


def refund_to_send(refund_id: int) -> Refund | None:
    """Return a refund that the provider has not answered yet."""
    return Refund.objects.select_related("payment").filter(pk=refund_id, status=RefundStatus.REQUESTED).first()


def refund_moments(order_ids: Iterable[int]) -> dict[int, list[tuple[datetime, datetime | None]]]:
    """Return when the refunds of orders were asked for and when they arrived, by order."""
    found: dict[int, list[tuple[datetime, datetime | None]]] = {}
    refunds = Refund.objects.filter(order_id__in=list(order_ids)).order_by("pk")
    for order_id, asked, arrived in refunds.values_list("order_id", "created_at", "succeeded_at"):
        found.setdefault(order_id, []).append((asked, arrived))
    return found


def order_id_of(order_no: str) -> int | None:
    """Return which order has a number, if any has."""
    return Order.objects.filter(order_no=order_no).values_list("pk", flat=True).first() if order_no else None


def order_numbers(order_ids: Iterable[int]) -> dict[int, str]:
    """Return the numbers of orders, by id."""
    return dict(Order.objects.filter(pk__in=list(order_ids)).values_list("pk", "order_no"))


def inventory_of(member_id: int, *, status: str | None = None) -> "QuerySet[InventoryItem]":
    """Return what a member owns or owned, newest first."""
    items = InventoryItem.objects.filter(member_id=member_id)
    return (items if status is None else items.filter(status=status)).order_by("-pk")


def inventory_ids(*, source: str, source_ids: list[int]) -> dict[tuple[int, int], int]:
    """Return the inventory id of each (source id, part) that was granted."""
    rows = InventoryItem.objects.filter(source=source, source_id__in=source_ids)
    return {(each[0], each[1]): each[2] for each in rows.values_list("source_id", "source_part", "pk")}


def of_source(source: OrderSource) -> "QuerySet[Order]":
    """Return every order of a source, for those who check their own books against them."""
    return Order.objects.filter(source=source)


def granted(source: str) -> "QuerySet[InventoryItem]":
    """Return every unit that a source granted, wherever it is now."""
    return InventoryItem.objects.filter(source=source)


def paid_at(order_ids: list[int]) -> dict[int, datetime | None]:
    """Return when orders were paid."""
    return dict(Order.objects.filter(pk__in=order_ids).values_list("pk", "paid_at"))


@dataclass(frozen=True)
class Earned:
    """What orders brought and kept: cash in fen, and points."""

    fen: int
    points: int


def earned(order_ids: Iterable[int]) -> Earned:
    """Return what these orders brought, without what was refunded."""
    kept = Order.objects.filter(pk__in=order_ids, status=OrderStatus.COMPLETED)
    sums = kept.aggregate(fen=Sum(F("paid_fen") - F("refunded_fen")), points=Sum("points_used"))
    return Earned(sums["fen"] or 0, sums["points"] or 0)


def paid_unsettled(*, source: OrderSource, start: datetime, end: datetime) -> list[int]:
    """Return orders of a source that were paid in [start, end) and not yet handed over."""
    waiting = Order.objects.filter(source=source, status=OrderStatus.PAID, paid_at__gte=start, paid_at__lt=end)
    return list(waiting.values_list("pk", flat=True))


def has_unread_notices(*, source: OrderSource, start: datetime, end: datetime) -> bool:
    """
    Tell whether WeChat's word that an order of a source was paid in [start, end) is stored and will still be processed.
    What does not fit our books waits for a person, and for that nothing waits.
    """
    number = {"gateway": OuterRef("gateway"), "out_trade_no": OuterRef("out_trade_no")}
    unread = PaymentCallback.objects.filter(
        Exists(Payment.objects.filter(**number, order__source=source)),
        kind="payment",
        processed_at__isnull=True,
        occurred_at__gte=start,
        occurred_at__lt=end,
    )
    return bool(set(unread.values_list("pk", flat=True)) - stuck_notices().keys())


def stuck_notices() -> dict[int, system.GivenUp]:
    """Return the notices that will not be processed by themselves, each with what does not fit."""
    return {each.payload["callback_id"]: each for each in system.given_up(topic=PaymentNotified.topic)}
