"""WeChat Pay's JSON, read strictly into our own words; whatever does not fit is Unreadable."""

from datetime import datetime
from typing import Any

from blindbox.integrations.wechat.pay.gateway import RefundProgress, RefundState, Trade, TradeState

TRADES: dict[str, Trade] = {
    "SUCCESS": "success",
    "REFUND": "refund",
    "NOTPAY": "notpay",
    "CLOSED": "closed",
    "REVOKED": "closed",
    "USERPAYING": "paying",
    "PAYERROR": "failed",
}
REFUNDS: dict[str, RefundProgress] = {
    "PROCESSING": "processing",
    "SUCCESS": "success",
    "CLOSED": "closed",
    "ABNORMAL": "abnormal",
}
MAX_FEN = 2**63 - 1
MAX_TEXT = 256


class Unreadable(ValueError):
    """A field is missing or is not what WeChat's documents say it is."""


def text(source: Any, name: str) -> str:
    """Return a field that must be a non-empty string."""
    value = optional_text(source, name)
    if not value:
        raise Unreadable(name)
    return value


def optional_text(source: Any, name: str) -> str | None:
    """Return a field that must be a string where it is given."""
    value = source.get(name) if isinstance(source, dict) else None
    if value is not None and (not isinstance(value, str) or len(value) > MAX_TEXT):
        raise Unreadable(name)
    return value or None


def fen(source: Any, name: str) -> int:
    """Return `amount[name]`, a whole number of fen."""
    amount = source.get("amount")
    value = amount.get(name) if isinstance(amount, dict) else None
    if type(value) is not int or not 0 <= value <= MAX_FEN:  # a bool is an int, and no amount
        raise Unreadable(f"amount.{name}")
    return value


def moment(source: Any, name: str) -> datetime | None:
    """Return a time with its offset."""
    value = optional_text(source, name)
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise Unreadable(name) from None
    if at.tzinfo is None:
        raise Unreadable(name)
    return at


def word(table: dict[str, Any], source: Any, name: str) -> Any:
    """Return our word for one of theirs."""
    value = text(source, name)
    if value not in table:
        raise Unreadable(name)
    return table[value]


def trade_state(answer: dict[str, Any]) -> TradeState:
    """:raises Unreadable: if a field is not as documented"""
    return TradeState(
        state=word(TRADES, answer, "trade_state"),
        transaction_id=optional_text(answer, "transaction_id"),
        amount_fen=fen(answer, "total") if answer.get("amount") else None,
        currency=optional_text(answer.get("amount"), "currency"),
        mchid=text(answer, "mchid"),
        appid=text(answer, "appid"),
        openid=optional_text(answer.get("payer"), "openid"),
        paid_at=moment(answer, "success_time"),
    )


def refund_state(answer: dict[str, Any]) -> RefundState:
    """:raises Unreadable: if a field is not as documented"""
    return RefundState(
        state=word(REFUNDS, answer, "status"),
        out_refund_no=text(answer, "out_refund_no"),
        refund_id=text(answer, "refund_id"),
        out_trade_no=text(answer, "out_trade_no"),
        transaction_id=text(answer, "transaction_id"),
        amount_fen=fen(answer, "refund"),
        at=moment(answer, "success_time"),
    )
