"""Asking WeChat about payments that no notification settled; never inside a transaction."""

from datetime import datetime
from functools import partial

from blindbox.common.retry import in_transaction
from blindbox.integrations.wechat.pay.gateway import TradeState, get_gateway
from orders.enums import PaymentStatus
from orders.models import Payment
from orders.payments import settling
from orders.payments.asking import Round
from orders.payments.settling import Received
from orders.services import query_schedule

AT_MOST = 200


def query_due_payments(*, now: datetime, limit: int = AT_MOST) -> int:
    """Query payments whose turn it is, the longest due first, and settle what succeeded; return how many answered."""
    due = Payment.objects.to_query(now=now).order_by("next_query_at").values_list("pk", flat=True)[:limit]
    questions = Round(
        take=partial(_take_turn, now=now),
        ask=_ask,
        apply=partial(_settle_answer, now=now),
        put_off=partial(_put_off, now=now),
    )
    return questions.run(list(due))


@in_transaction
def _take_turn(payment_id: int, *, now: datetime) -> Payment | None:
    payment = Payment.objects.to_query(now=now).select_related("order").filter(pk=payment_id).first()
    if payment is None:
        return None
    mine = Payment.objects.filter(pk=payment_id, queries=payment.queries, next_query_at=payment.next_query_at)
    payment.queries += 1
    payment.next_query_at = query_schedule.next_query(payment.created_at, payment.queries)
    taken = mine.update(queries=payment.queries, next_query_at=payment.next_query_at, updated_at=now)
    return payment if taken else None


@in_transaction
def _put_off(payment: Payment, *, now: datetime) -> None:
    """A question that WeChat left open does not count as one of the few that a payment has."""
    again = query_schedule.unanswered(payment.created_at, now)
    soonest = min((at for at in (payment.next_query_at, again) if at is not None), default=None)
    still_mine = Payment.objects.filter(pk=payment.pk, queries=payment.queries, status__in=PaymentStatus.unpaid())
    still_mine.update(next_query_at=soonest, updated_at=now)


def settle_by_query(*, payment_id: int, now: datetime) -> bool:
    """
    Ask about one payment and settle it if it was paid. Return whether it was.

    :raises ProviderUnavailable: if WeChat does not answer
    :raises PaymentMismatch: if its answer does not fit the payment
    """
    payment = Payment.objects.select_related("order").get(pk=payment_id)
    return _settle_answer(payment, _ask(payment), now=now)


def _ask(payment: Payment) -> TradeState:
    return get_gateway(payment.gateway).query(payment.out_trade_no)


@in_transaction
def _settle_answer(payment: Payment, trade: TradeState, *, now: datetime) -> bool:
    """Apply an answer in one transaction, so that what it is compared with cannot change meanwhile."""
    received = Received(
        state=trade.state,
        amount_fen=trade.amount_fen,
        currency=trade.currency,
        openid=trade.openid,
        transaction_id=trade.transaction_id,
        paid_at=trade.paid_at or now,
    )
    return settling.payment_result(payment, received, now=now)
