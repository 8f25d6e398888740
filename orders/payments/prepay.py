"""Prepaying at WeChat, always after the order's transaction and under its own number."""

from dataclasses import dataclass
from datetime import datetime

from accounts import selectors as accounts
from blindbox.common.retry import in_transaction
from blindbox.integrations.wechat.pay.gateway import get_gateway
from blindbox.system import idempotency
from blindbox.system.idempotency import Claim, Outcome
from orders import selectors
from orders.enums import CloseReason, OrderStatus, PaymentStatus
from orders.errors import OrderExpired, OrderNotPayable
from orders.models import Payment


@dataclass(frozen=True)
class PaymentParams:
    """What the mini-program needs to ask the member for the money."""

    gateway: str
    out_trade_no: str
    params: dict[str, str] | None


def ensure(*, order_id: int, now: datetime) -> PaymentParams:
    """
    Return freshly signed parameters, prepaying first if that has not been done; no transaction may be open.

    An order that cannot be paid any more has none: nothing that could be paid by mistake is signed for it.

    :raises ProviderUnavailable: if WeChat does not answer; the order stands and a repeat tries again
    """
    payment = Payment.objects.select_related("order").get(order_id=order_id)
    if not _can_be_paid(payment, now):
        return PaymentParams(gateway=payment.gateway, out_trade_no=payment.out_trade_no, params=None)
    gateway = get_gateway(payment.gateway)
    if not payment.prepay_id:
        payment.prepay_id = gateway.prepay(
            out_trade_no=payment.out_trade_no,
            amount_fen=payment.amount_fen,
            openid=accounts.openid_of(payment.order.member_id),
            description=selectors.title_of(order_id),
            expires_at=payment.expires_at,
            now=now,
        )
        _store(payment, now=now)
    params = gateway.client_params(payment.prepay_id, now)
    return PaymentParams(gateway=payment.gateway, out_trade_no=payment.out_trade_no, params=params)


def _can_be_paid(payment: Payment, now: datetime) -> bool:
    waits = payment.order.status == OrderStatus.PENDING and payment.status == PaymentStatus.PREPARED
    return waits and now < payment.expires_at


@in_transaction
def _store(payment: Payment, *, now: datetime) -> None:
    Payment.objects.filter(pk=payment.pk, prepay_id="").update(prepay_id=payment.prepay_id, updated_at=now)


def ask_again(*, claim: Claim, member_id: int, order_no: str, now: datetime) -> Outcome:
    """
    Note under a key that a member asks once more to pay their own order; what they pay with comes from `ensure`.

    :raises OrderNotFound: if there is none of that number, or it is another member's
    :raises OrderExpired: if its time is over
    :raises OrderNotPayable: if it is not waiting for a payment by WeChat
    :raises KeyMismatch, KeyInFlight: for a key of another request, or one still running
    """

    def effect() -> str:
        return _payable(member_id=member_id, order_no=order_no, now=now)

    return idempotency.run_once(claim=claim, effect=effect, now=now, status=200)


def _payable(*, member_id: int, order_no: str, now: datetime) -> str:
    order = selectors.order_of(member_id=member_id, order_no=order_no)
    if order.close_reason == CloseReason.EXPIRED and order.status == OrderStatus.CLOSED:
        raise OrderExpired
    if order.status != OrderStatus.PENDING:
        raise OrderNotPayable
    if order.expires_at is not None and order.expires_at <= now:
        raise OrderExpired
    return order.order_no
