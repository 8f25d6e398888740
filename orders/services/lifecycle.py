"""The moves of an order; each is one conditional update whose row count decides."""

import logging
from datetime import datetime

from django.db.models import Case, DateTimeField, F, When

from blindbox.common.retry import in_transaction
from blindbox.system import outbox
from orders import selectors
from orders.enums import CloseReason, OrderStatus, PaymentStatus
from orders.errors import OrderNotCancellable, PaymentMismatch
from orders.events import OrderClosed, OrderCompleted, OrderPaid, PaymentClosed
from orders.models import Order, Payment
from orders.models.order import OrderQuerySet
from orders.services import refunding

logger = logging.getLogger(__name__)

CLOSE_AT_ONCE = 200


@in_transaction
def mark_paid(*, payment_id: int, transaction_id: str, paid_at: datetime, now: datetime) -> None:
    """
    Settle a payment that WeChat says succeeded; a repeat changes nothing.

    An order that was closed meanwhile is paid late: its source takes everything again or refunds. A second success on
    an order that is paid already is surplus and goes back whole.

    :raises PaymentMismatch: if the payment was settled by another transaction
    """
    payment = Payment.objects.get(pk=payment_id)
    order = Order.objects.filter(pk=payment.order_id)
    paid = {"paid_at": paid_at, "paid_fen": payment.amount_fen, "status": OrderStatus.PAID, "updated_at": now}
    in_time = order.filter(status=OrderStatus.PENDING).update(**paid)
    late = not in_time and order.filter(status=OrderStatus.CLOSED).update(**paid)
    if not _payment_succeeded(payment, transaction_id, surplus=not (in_time or late), paid_at=paid_at, now=now):
        # a repeat: the order was not pending or closed either, so nothing was changed above
        _refuse_another_transaction(payment, transaction_id)
        return
    if in_time or late:
        source = order.values_list("source", flat=True).get()
        key = f"order:{payment.order_id}"
        outbox.publish(OrderPaid(key=key, order_id=payment.order_id, source=source, late=bool(late)), now=now)
    else:
        refunding.request_surplus(payment_id=payment.pk, now=now)


def _payment_succeeded(
    payment: Payment, transaction_id: str, *, surplus: bool, paid_at: datetime, now: datetime
) -> int:
    open_or_closed = Payment.objects.filter(pk=payment.pk, status__in=PaymentStatus.unpaid())
    return open_or_closed.update(
        status=PaymentStatus.SURPLUS if surplus else PaymentStatus.SUCCESS,
        transaction_id=transaction_id,
        paid_at=paid_at,
        next_query_at=None,
        updated_at=now,
    )


def _refuse_another_transaction(payment: Payment, transaction_id: str) -> None:
    """WeChat takes a number's money once; should it ever say twice, a person must find the second amount."""
    if not Payment.objects.filter(pk=payment.pk, transaction_id=transaction_id).exists():
        raise PaymentMismatch(what=f"已由另一微信单号支付，又收到 {transaction_id}", number=payment.out_trade_no)


def complete(*, order_id: int, now: datetime) -> bool:
    """Note, inside the caller's transaction, that what was paid for is handed over. Return whether it was open."""
    paid = Order.objects.filter(pk=order_id, status=OrderStatus.PAID)
    if not paid.update(status=OrderStatus.COMPLETED, completed_at=now, updated_at=now):
        return False
    source = Order.objects.values_list("source", flat=True).get(pk=order_id)
    outbox.publish(OrderCompleted(key=f"order:{order_id}", order_id=order_id, source=source), now=now)
    return True


@in_transaction
def cancel(*, member_id: int, order_no: str, now: datetime) -> str:
    """
    Close a member's own unpaid order and return its number.

    :raises OrderNotFound: if there is none of that number, or it is another member's
    :raises OrderNotCancellable: if it is paid or closed already
    """
    order = selectors.order_of(member_id=member_id, order_no=order_no)
    if not _close(Order.objects.all(), order.pk, CloseReason.CANCELLED, now=now):
        raise OrderNotCancellable
    return order.order_no


def close_expired(*, now: datetime, limit: int = CLOSE_AT_ONCE) -> int:
    """Close up to `limit` overdue orders, a short transaction each; return how many."""
    overdue = Order.objects.expired(now=now).order_by("expires_at").values_list("pk", flat=True)[:limit]
    return sum(_close_or_log(order_id, now=now) for order_id in list(overdue))


def _close_or_log(order_id: int, *, now: datetime) -> bool:
    try:
        return close_if_expired(order_id=order_id, now=now)
    except Exception:  # whatever is wrong with one keeps nothing held that others wait for
        logger.exception("Order %s cannot be closed", order_id)
        return False


@in_transaction
def close_if_expired(*, order_id: int, now: datetime) -> bool:
    """Close one order if it is still unpaid and overdue."""
    return _close(Order.objects.expired(now=now), order_id, CloseReason.EXPIRED, now=now)


def _close(orders: OrderQuerySet, order_id: int, reason: CloseReason, *, now: datetime) -> bool:
    still_pending = orders.filter(pk=order_id, status=OrderStatus.PENDING)
    closed = still_pending.update(status=OrderStatus.CLOSED, closed_at=now, close_reason=reason, updated_at=now)
    if not closed:
        return False
    source = Order.objects.values_list("source", flat=True).get(pk=order_id)
    outbox.publish(OrderClosed(key=f"order:{order_id}", order_id=order_id, source=source), now=now)
    return True


@in_transaction
def payment_closed(*, payment_id: int, now: datetime) -> None:
    """
    Note that WeChat will not take this payment any more.

    One that it had not heard of may be on its way there still, so that one is asked about once its time is over.
    """
    still_open = Payment.objects.filter(pk=payment_id, status=PaymentStatus.PREPARED)
    last_look = Case(When(prepay_id="", then=F("expires_at")), default=None, output_field=DateTimeField())
    if not still_open.update(status=PaymentStatus.CLOSED, closed_at=now, next_query_at=last_look, updated_at=now):
        return
    order = Order.objects.get(payments=payment_id)
    outbox.publish(PaymentClosed(key=f"payment:{payment_id}", order_id=order.pk, source=order.source), now=now)


def hold_paid(*, order_no: str, now: datetime) -> bool:
    """Take a paid order's row inside the caller's transaction, so that no refund of it is decided meanwhile."""
    paid = Order.objects.filter(order_no=order_no, status__in=[OrderStatus.PAID, OrderStatus.COMPLETED])
    return bool(paid.update(updated_at=now))


def is_closed(*, order_id: int) -> bool:
    """Tell whether an order was closed unpaid and nothing arrived since."""
    return Order.objects.filter(pk=order_id, status=OrderStatus.CLOSED).exists()
