"""Comparing what WeChat says it moved with what was asked, before anything is marked paid or refunded."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from accounts import selectors as accounts
from blindbox.common.money import yuan
from blindbox.common.text import masked
from orders.enums import PaymentStatus, RefundFailure
from orders.errors import PaymentMismatch, PaymentUnknown
from orders.models import ClosedRefundNumber, Payment, Refund
from orders.services import lifecycle, refunding

CURRENCY = "CNY"
PAID = {"success", "refund"}  # `refund`: paid, and something went back since
GIVEN_UP = {
    "closed": (RefundFailure.CLOSED, "微信关闭了这笔退款，钱没有退出"),
    "abnormal": (RefundFailure.ABNORMAL, "用户的收款账户无法入账，请在微信商户平台处理这笔退款"),
}


@dataclass(frozen=True)
class Received:
    """A payment's result, from a notice or an answer; its signature, merchant and app are verified already."""

    state: str
    amount_fen: int | None
    currency: str | None
    openid: str | None
    transaction_id: str | None
    paid_at: datetime


@dataclass(frozen=True)
class Returned:
    """A refund's result, from a notice or an answer, verified likewise."""

    out_refund_no: str
    state: str
    amount_fen: int | None
    out_trade_no: str | None
    provider_id: str
    at: datetime


def payment_result(payment: Payment, received: Received, *, now: datetime) -> bool:
    """
    Settle a payment by what was received. Return whether it was paid; any other state changes nothing.

    :raises PaymentMismatch: if amount, currency, payer or transaction differ from what is known, or if money that we
        never saw went back already
    """
    if received.state not in PAID or received.transaction_id is None:
        return False
    facts = {
        "金额": (yuan(payment.amount_fen), _shown(received.amount_fen)),
        "币种": (CURRENCY, received.currency),
    }
    _refuse_differences(payment.out_trade_no, facts)
    _refuse_another_payer(payment, received.openid)
    if received.state == "refund":
        _refuse_unseen(payment)
    lifecycle.mark_paid(
        payment_id=payment.pk, transaction_id=received.transaction_id, paid_at=received.paid_at, now=now
    )
    return True


def _shown(amount_fen: int | None) -> str | None:
    return None if amount_fen is None else yuan(amount_fen)


def _refuse_differences(number: str, facts: Mapping[str, tuple[object, object]]) -> None:
    wrong = [f"{name}应为 {asked}，实为 {got}" for name, (asked, got) in facts.items() if asked != got]
    if wrong:
        raise PaymentMismatch(what="；".join(wrong), number=number)


def _refuse_another_payer(payment: Payment, openid: str | None) -> None:
    payer = accounts.openid_of(payment.order.member_id)
    if openid != payer:  # masked: many more may read why a notice does not fit than may see an openid
        raise PaymentMismatch(
            what=f"付款人应为 {masked(payer)}，实为 {masked(openid or '')}", number=payment.out_trade_no
        )


def _refuse_unseen(payment: Payment) -> None:
    """Serving what somebody refunded at the merchant's console would give it away."""
    unseen = Payment.objects.filter(pk=payment.pk, status__in=PaymentStatus.unpaid())
    if unseen.exists():
        raise PaymentMismatch(what="付款未入账，微信侧已发生退款", number=payment.out_trade_no)


def refund_result(returned: Returned, *, now: datetime) -> None:
    """
    Note how a refund ended; a state that is not an end changes nothing.

    :raises PaymentUnknown: if there is no such refund
    :raises PaymentMismatch: if it moved another amount, money of another payment, or money under a closed number
    """
    refund = Refund.objects.select_related("payment").filter(out_refund_no=returned.out_refund_no).first()
    if refund is None or refund.payment is None:
        _closed_number(returned)
        return
    if returned.state == "success":
        facts = {
            "退款金额": (refund.amount_fen, returned.amount_fen),
            "商户单号": (refund.payment.out_trade_no, returned.out_trade_no),
        }
        _refuse_differences(refund.out_refund_no, facts)
        provider_id = refund.refund_id or returned.provider_id
        refunding.succeeded(number=refund.out_refund_no, provider_id=provider_id, at=returned.at, now=now)
    elif returned.state in GIVEN_UP:
        kind, why = GIVEN_UP[returned.state]
        refunding.failed(number=refund.out_refund_no, kind=kind, why=why, now=now)


def _closed_number(returned: Returned) -> None:
    """A number that WeChat closed has nothing more to say; should money move under it, it moved twice."""
    if not ClosedRefundNumber.objects.filter(out_refund_no=returned.out_refund_no).exists():
        raise PaymentUnknown(number=returned.out_refund_no)
    if returned.state == "success":
        raise PaymentMismatch(what="已关闭并换号的退款又到账了", number=returned.out_refund_no)
