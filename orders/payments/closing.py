"""Cancelling orders, and closing their payments at WeChat with no transaction open."""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from blindbox.common.errors import DomainError
from blindbox.integrations.wechat.pay.errors import ProviderUnavailable
from blindbox.integrations.wechat.pay.gateway import get_gateway
from blindbox.system import idempotency
from blindbox.system.idempotency import Claim, Outcome
from orders import selectors
from orders.models import Payment
from orders.payments import reconciling
from orders.services import lifecycle

logger = logging.getLogger(__name__)

OK = 200


def cancel(*, claim: Claim, member_id: int, order_no: str, now: datetime) -> Outcome:
    """
    Cancel a member's own unpaid order, once for this key; the outcome refers to its number.

    WeChat is told at once, so that the member may buy again without waiting for a worker. What it does not answer now
    the worker asks again, and what was never announced to it is not worth the wait.

    :raises OrderNotFound, OrderNotCancellable: as `lifecycle.cancel` does
    :raises KeyMismatch, KeyInFlight: for a key of another request, or one still running
    """
    cancelled = partial(lifecycle.cancel, member_id=member_id, order_no=order_no, now=now)
    outcome = idempotency.run_once(claim=claim, effect=cancelled, now=now, status=OK)
    payment = selectors.open_payment(selectors.order_of(member_id=member_id, order_no=outcome.ref).pk)
    if payment is not None and payment.prepay_id:
        _close_if_answered(payment, now=now)
    return outcome


def _close_if_answered(payment: Payment, *, now: datetime) -> None:
    try:
        record = _close(payment, now=now)
    except DomainError as refused:
        logger.info("Payment %s is left to the worker to close: %s", payment.out_trade_no, refused.details)
        return
    if record is not None:
        record()


def close(*, order_id: int, now: datetime) -> Callable[[], None] | None:
    """
    Close the payment of a closed order and return how to record that; one that was paid after all is settled here.

    :raises ProviderUnavailable: if WeChat does not answer, or cannot say yet whether it was paid
    """
    payment = selectors.open_payment(order_id)
    return None if payment is None else _close(payment, now=now)


def _close(payment: Payment, *, now: datetime) -> Callable[[], None] | None:
    if get_gateway(payment.gateway).close(payment.out_trade_no) == "closed":
        return partial(lifecycle.payment_closed, payment_id=payment.pk, now=now)
    if not reconciling.settle_by_query(payment_id=payment.pk, now=now):
        raise ProviderUnavailable(reason="paid to close, unpaid to query")  # it does not know yet: ask again
    return None
