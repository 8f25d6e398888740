"""
The contract between orders and whoever moves the money.

Amounts are integer fen of CNY, times are aware. Every call is idempotent by the number that the caller gives, has a
time limit, and must not be made inside a transaction. Every answer is checked: it is signed by the provider and about
what was asked. Adapters are named by `PAYMENT_GATEWAY` and by the notification URL.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal, NamedTuple, Protocol, Self

from django.conf import settings
from django.utils.module_loading import import_string

from blindbox.integrations.wechat.pay.errors import GatewayUnknown

Trade = Literal["success", "notpay", "closed", "paying", "refund", "failed", "not_found"]
RefundProgress = Literal["processing", "success", "closed", "abnormal", "not_found"]


@dataclass(frozen=True, kw_only=True)
class TradeState:
    """A payment as the provider has it now; `refund` means paid and later refunded, wholly or in part."""

    state: Trade
    transaction_id: str | None = None
    amount_fen: int | None = None
    currency: str | None = None
    mchid: str | None = None
    appid: str | None = None
    openid: str | None = None
    paid_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class RefundState:
    """A refund as the provider has it now; `closed` and `abnormal` have not moved money and need a person."""

    state: RefundProgress
    out_refund_no: str
    refund_id: str | None = None
    out_trade_no: str | None = None
    transaction_id: str | None = None
    amount_fen: int | None = None
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Notice:
    """
    One verified notification. Verified means: from the provider, for this merchant, of now.

    Whether the payment is ours and the amount is right only the order knows. `amount_fen` is the order's total for a
    payment and the refunded amount for a refund; a refund names no currency, appid or openid.
    """

    kind: Literal["payment", "refund"]
    id: str
    state: Trade | RefundProgress
    out_trade_no: str
    transaction_id: str
    amount_fen: int
    mchid: str
    at: datetime | None
    currency: str | None = None
    appid: str | None = None
    openid: str | None = None
    out_refund_no: str | None = None
    refund_id: str | None = None
    payload: dict[str, Any] = field(repr=False)


class Reply(NamedTuple):
    """What the notification URL answers, outside our own error format."""

    status: int
    body: str


class PaymentGateway(Protocol):
    """
    One provider, one merchant.

    Unless said otherwise a call raises ProviderUnavailable when the outcome is unknown and ProviderRefused when the
    provider said no; both are in `pay.errors`.
    """

    name: ClassVar[str]
    reply_content_type: ClassVar[str]

    @classmethod
    def from_settings(cls) -> Self:
        """Return the adapter of the configured merchant, made at its first use."""
        ...

    def prepay(
        self,
        *,
        out_trade_no: str,
        amount_fen: int,
        openid: str,
        description: str,
        expires_at: datetime,
        now: datetime,
    ) -> str:
        """Announce a payment and return its prepay_id. The same number with the same facts gives it again."""
        ...

    def client_params(self, prepay_id: str, now: datetime) -> dict[str, str]:
        """Sign what `wx.requestPayment` takes; no network, fresh at each call."""
        ...

    def query(self, out_trade_no: str) -> TradeState:
        """Return the payment's state, `not_found` if the provider never heard of it."""
        ...

    def close(self, out_trade_no: str) -> Literal["closed", "paid"]:
        """Make sure that it can no longer be paid, or learn that it was: `paid` says to query and settle."""
        ...

    def refund(
        self,
        *,
        out_refund_no: str,
        amount_fen: int,
        total_fen: int,
        reason: str,
        now: datetime,
        out_trade_no: str | None = None,
        transaction_id: str | None = None,
    ) -> RefundState:
        """Return part or all of a payment, named by either number. The same refund number refunds once."""
        ...

    def query_refund(self, out_refund_no: str) -> RefundState:
        """Return the refund's state, `not_found` if the provider never heard of it."""
        ...

    def parse_notify(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Notice:
        """
        Verify and read a notification without any call to the outside.

        :raises NoticeRefused: for everything that is not a genuine, fresh notice of this merchant
        """
        ...

    def acknowledge(self) -> Reply:
        """Return the answer to a notice that is stored."""
        ...

    def refuse(self, message: str, status: int = 400) -> Reply:
        """Return the answer to a notice that is refused."""
        ...


ADAPTERS = {"wechat_v3": "blindbox.integrations.wechat.pay.v3.WechatV3"}


def get_gateway(name: str | None = None) -> PaymentGateway:
    """
    Return the named adapter, by default the configured one.

    It is built at its first use and kept for as long as its settings stay the same, so tests simply override settings.

    :raises GatewayUnknown: if no adapter has this name
    """
    try:
        adapter: type[PaymentGateway] = import_string(ADAPTERS[name or settings.PAYMENT_GATEWAY])
    except KeyError:
        raise GatewayUnknown() from None
    return adapter.from_settings()
