"""Deciding and recording refunds; each part goes back to where it came from."""

from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from accounts.enums import PointReason
from accounts.services import points
from blindbox.common.ledger import Posting
from blindbox.common.retry import TryAgain, in_transaction
from blindbox.system import outbox
from orders.enums import OrderStatus, PaymentStatus, RefundFailure, RefundReason, RefundStatus
from orders.errors import OrderNotRefundable, RefundTooMuch
from orders.events import OrderRefunded, RefundRequested
from orders.models import ClosedRefundNumber, Order, Payment, Refund
from orders.services.numbers import order_number
from orders.services.query_schedule import next_refund_query


@in_transaction
def request_order(*, order_id: int, reason: RefundReason, note: str = "", now: datetime) -> Refund:
    """
    Refund a whole order: cash through WeChat, points at once.

    :raises OrderNotRefundable: if it is not paid, cost nothing, or a refund runs already
    """
    refundable = Order.objects.filter(pk=order_id, status__in=[OrderStatus.PAID, OrderStatus.COMPLETED])
    refundable = refundable.filter(Q(points_used__gt=0) | Q(paid_fen__gt=0))
    if not refundable.update(status=OrderStatus.REFUNDING, updated_at=now):
        raise OrderNotRefundable
    order = Order.objects.get(pk=order_id)
    if order.points_used:
        posting = Posting(delta=order.points_used, reason=PointReason.REFUND, ref=order.order_no)
        points.post_here(member_id=order.member_id, postings=[posting], now=now)
    if order.paid_fen:
        payment = Payment.objects.get(order=order, status=PaymentStatus.SUCCESS)
        return _request(payment, returned_points=order.points_used, reason=reason, note=note, now=now)
    return _points_only(order, reason=reason, note=note, now=now)


def said(refund: Refund) -> dict[str, Any]:
    """Return what a fresh refund did to its order, as the operation log keeps it: without cash it is done at once."""
    done = refund.status == RefundStatus.SUCCEEDED
    returned = {"refund_fen": refund.amount_fen, "points_returned": refund.points}
    return {
        "status": OrderStatus.REFUNDED if done else OrderStatus.REFUNDING,
        **{name: amount for name, amount in returned.items() if amount},
    }


@in_transaction
def request_surplus(*, payment_id: int, now: datetime) -> Refund:
    """Send back a second payment of an order that one payment settled already."""
    payment = Payment.objects.get(pk=payment_id)
    return _request(payment, returned_points=0, reason=RefundReason.SURPLUS, note="", now=now)


def _request(payment: Payment, *, returned_points: int, reason: RefundReason, note: str, now: datetime) -> Refund:
    within = Payment.objects.filter(pk=payment.pk, refunding_fen__lte=F("amount_fen") - payment.amount_fen)
    if not within.update(refunding_fen=F("refunding_fen") + payment.amount_fen, updated_at=now):
        raise RefundTooMuch
    refund = Refund.objects.create(
        order_id=payment.order_id,
        payment=payment,
        out_refund_no=f"R{order_number(now=now)}",
        amount_fen=payment.amount_fen,
        points=returned_points,
        reason=reason,
        note=note,
        created_at=now,
        updated_at=now,
    )
    outbox.publish(RefundRequested(key=f"refund:{refund.pk}", refund_id=refund.pk), now=now)
    return refund


def _points_only(order: Order, *, reason: RefundReason, note: str, now: datetime) -> Refund:
    refund = Refund.objects.create(
        order=order,
        out_refund_no=f"R{order_number(now=now)}",
        points=order.points_used,
        status=RefundStatus.SUCCEEDED,
        reason=reason,
        note=note,
        succeeded_at=now,
        created_at=now,
        updated_at=now,
    )
    _order_refunded(order.pk, 0, now=now)
    return refund


@in_transaction
def succeeded(*, number: str, provider_id: str, at: datetime, now: datetime) -> None:
    """Note that the money arrived; a repeat changes nothing."""
    running = Refund.objects.filter(out_refund_no=number).exclude(status=RefundStatus.SUCCEEDED)
    moved = running.update(
        status=RefundStatus.SUCCEEDED,
        refund_id=provider_id,
        succeeded_at=at,
        next_query_at=None,
        failure="",
        failure_kind=RefundFailure.NONE,
        updated_at=now,
    )
    refund = Refund.objects.select_related("payment").filter(out_refund_no=number).first()
    if refund is None:
        raise TryAgain  # it got another number between our caller's look and this write: look again
    payment = refund.payment
    if not moved or payment is None:
        return
    surplus = payment.status == PaymentStatus.SURPLUS
    Payment.objects.filter(pk=payment.pk).update(status=PaymentStatus.REFUNDED, updated_at=now)
    if not surplus:
        _order_refunded(refund.order_id, refund.amount_fen, now=now)


def _order_refunded(order_id: int, amount_fen: int, *, now: datetime) -> None:
    refunding = Order.objects.filter(pk=order_id, status=OrderStatus.REFUNDING)
    amounts = {"refunded_fen": F("refunded_fen") + amount_fen}
    if not refunding.update(status=OrderStatus.REFUNDED, **amounts, updated_at=now):
        raise OrderNotRefundable  # money left for an order that nobody decided to refund: a person must look
    source = Order.objects.values_list("source", flat=True).get(pk=order_id)
    outbox.publish(OrderRefunded(key=f"order:{order_id}", order_id=order_id, source=source), now=now)


@in_transaction
def accepted(*, number: str, provider_id: str, now: datetime) -> None:
    """Note that the provider works on it; it is asked again until it says how it ended."""
    running = Refund.objects.filter(out_refund_no=number, status__in=RefundStatus.running())
    running.update(
        status=RefundStatus.PROCESSING,
        refund_id=provider_id,
        queries=0,
        next_query_at=next_refund_query(now, 0),
        updated_at=now,
    )


@in_transaction
def failed(*, number: str, kind: RefundFailure, why: str, now: datetime) -> None:
    """Note that the provider gave up; a person must look, the amount stays reserved for the repeat."""
    not_arrived = Refund.objects.filter(out_refund_no=number, status__in=RefundStatus.unfinished())
    not_arrived.update(
        status=RefundStatus.FAILED, failure_kind=kind, failure=why[:200], next_query_at=None, updated_at=now
    )


@in_transaction
def retry(*, refund_id: int, now: datetime) -> bool:
    """Send a failed refund again, under the same number. Return whether it had failed and its number is still good."""
    failed = Refund.objects.filter(pk=refund_id, status=RefundStatus.FAILED).exclude(failure_kind=RefundFailure.CLOSED)
    return _request_again(failed, pk=refund_id, now=now)


@in_transaction
def renumber(*, refund_id: int, closed: str, now: datetime) -> bool:
    """
    Send a refund that WeChat closed under `closed` again, under the next number. Return whether it still had that one.

    Whoever calls has WeChat's word that the old number is closed now: with two open ones the money would go back twice.
    """
    mine = Refund.objects.filter(
        pk=refund_id, out_refund_no=closed, status=RefundStatus.FAILED, failure_kind=RefundFailure.CLOSED
    )
    old = mine.values_list("refund_id", flat=True).first()
    tries = ClosedRefundNumber.objects.filter(refund_id=refund_id).count() + 1
    number = f"{closed.partition('-')[0]}-{tries + 1}"
    if old is None or not _request_again(mine, pk=refund_id, now=now, out_refund_no=number, refund_id=""):
        return False
    ClosedRefundNumber.objects.create(refund_id=refund_id, out_refund_no=closed, provider_id=old, replaced_at=now)
    return True


def _request_again(failed: "QuerySet[Refund]", *, pk: int, now: datetime, **changes: str) -> bool:
    fresh = {"status": RefundStatus.REQUESTED, "failure": "", "failure_kind": RefundFailure.NONE, **changes}
    if not failed.update(**fresh, updated_at=now):
        return False
    outbox.publish(RefundRequested(key=f"refund:{pk}:{now:%Y%m%d%H%M%S%f}", refund_id=pk), now=now)
    return True
