"""What orders does about its own facts: process notices, close and refund at WeChat."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from blindbox.common.events import subscribe, subscribe_external
from blindbox.integrations.wechat.pay.errors import ProviderRefused
from blindbox.integrations.wechat.pay.gateway import get_gateway
from orders import selectors
from orders.enums import RefundFailure
from orders.events import OrderClosed, PaymentNotified, RefundRequested
from orders.payments import callbacks, closing, refund_progress
from orders.services import refunding


@subscribe(PaymentNotified, name="orders.process_notice", does="入账")
def process_notice(event: PaymentNotified, *, now: datetime) -> None:
    callbacks.process(callback_id=event.callback_id, now=now)


@subscribe_external(OrderClosed, name="orders.close_payment", does="关闭微信支付单")
def close_payment(event: OrderClosed, *, now: datetime) -> Callable[[], None] | None:
    """Close an abandoned payment at WeChat; if it was paid after all, settle it as late money."""
    return closing.close(order_id=event.order_id, now=now)


@subscribe_external(RefundRequested, name="orders.send_refund", does="向微信申请退款")
def send_refund(event: RefundRequested, *, now: datetime) -> Callable[[], None] | None:
    """Ask WeChat for a refund, under the same number however often this runs."""
    refund = selectors.refund_to_send(event.refund_id)
    if refund is None or refund.payment is None:
        return None
    gateway = get_gateway(refund.payment.gateway)
    try:
        state = gateway.refund(
            out_trade_no=refund.payment.out_trade_no,
            out_refund_no=refund.out_refund_no,
            amount_fen=refund.amount_fen,
            total_fen=refund.payment.amount_fen,
            reason=refund.get_reason_display(),
            now=now,
        )
    except ProviderRefused as refused:
        why, kind = str(refused), RefundFailure.REFUSED
        return partial(refunding.failed, number=refund.out_refund_no, kind=kind, why=why, now=now)
    if state.state == "processing":
        return partial(refunding.accepted, number=refund.out_refund_no, provider_id=state.refund_id or "", now=now)
    return partial(refund_progress.record, state, now=now)
