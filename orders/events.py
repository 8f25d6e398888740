"""Facts that this app publishes."""

from dataclasses import dataclass
from typing import ClassVar

from blindbox.common.events import Event


@dataclass(frozen=True, kw_only=True)
class PaymentNotified(Event):
    """A verified notification was stored and waits to be processed."""

    topic: ClassVar[str] = "orders.payment_notified"
    label: ClassVar[str] = "收到支付通知"
    about: ClassVar[str] = "通知"
    callback_id: int


@dataclass(frozen=True, kw_only=True)
class OrderPaid(Event):
    """The exact amount arrived. `late`: after the order had been closed, so the source must take everything again."""

    topic: ClassVar[str] = "orders.order_paid"
    label: ClassVar[str] = "订单已支付"
    about: ClassVar[str] = "订单"
    order_id: int
    source: str
    late: bool


@dataclass(frozen=True, kw_only=True)
class OrderClosed(Event):
    """An unpaid order expired or was cancelled; WeChat may still hold its payment open."""

    topic: ClassVar[str] = "orders.order_closed"
    label: ClassVar[str] = "订单已关闭"
    about: ClassVar[str] = "订单"
    order_id: int
    source: str


@dataclass(frozen=True, kw_only=True)
class PaymentClosed(Event):
    """The provider confirmed that a closed order can no longer be paid."""

    topic: ClassVar[str] = "orders.payment_closed"
    label: ClassVar[str] = "支付单已关闭"
    about: ClassVar[str] = "支付单"
    order_id: int
    source: str


@dataclass(frozen=True, kw_only=True)
class OrderCompleted(Event):
    """What the order paid for was handed over."""

    topic: ClassVar[str] = "orders.order_completed"
    label: ClassVar[str] = "订单已完成"
    about: ClassVar[str] = "订单"
    order_id: int
    source: str


@dataclass(frozen=True, kw_only=True)
class RefundRequested(Event):
    """A refund was decided and waits to be sent to the provider."""

    topic: ClassVar[str] = "orders.refund_requested"
    label: ClassVar[str] = "申请退款"
    about: ClassVar[str] = "退款单"
    refund_id: int


@dataclass(frozen=True, kw_only=True)
class OrderRefunded(Event):
    """The whole order's money went back to where it came from."""

    topic: ClassVar[str] = "orders.order_refunded"
    label: ClassVar[str] = "订单已退款"
    about: ClassVar[str] = "订单"
    order_id: int
    source: str
