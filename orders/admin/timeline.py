"""What happened to an order, in the order in which it did."""

from datetime import datetime

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from blindbox.common.adminkit import local_time
from blindbox.common.money import yuan
from orders.checkout.moments import place_in_time
from orders.enums import RefundStatus
from orders.models import Order, Payment, Refund


def timeline(order: Order) -> SafeString:
    """Return the moments of an order as a list."""
    happened = [(at, text) for at, text in _moments(order) if at is not None]
    moments = sorted(happened, key=lambda each: place_in_time(each[0], created_at=order.created_at))
    lines = ((local_time(at), text) for at, text in moments)
    rows = format_html_join("", "<li><time>{}</time><span>{}</span></li>", lines)
    return format_html('<ol class="bb-timeline">{}</ol>', rows)


def _moments(order: Order) -> list[tuple[datetime | None, str]]:
    own: list[tuple[datetime | None, str]] = [
        (order.created_at, f"下单，应付 {_price(order)}"),
        (order.paid_at, f"支付成功（{order.get_pay_with_display()}）"),
        (order.completed_at, "已完成"),
        (order.closed_at, f"关闭：{order.get_close_reason_display() or '—'}"),
    ]
    return own + _payments(order) + _refunds(order)


def _price(order: Order) -> str:
    return f"{order.points_used} 积分" if order.points_used and not order.payable_fen else yuan(order.payable_fen)


def _payments(order: Order) -> list[tuple[datetime | None, str]]:
    payments = Payment.objects.filter(order=order)
    return [(p.created_at, f"向微信下单 {p.out_trade_no}（{yuan(p.amount_fen)}）") for p in payments]


def _refunds(order: Order) -> list[tuple[datetime | None, str]]:
    found: list[tuple[datetime | None, str]] = []
    for refund in Refund.objects.filter(order=order).prefetch_related("closed_numbers"):
        what = yuan(refund.amount_fen) if refund.amount_fen else f"{refund.points} 积分"
        found.append((refund.created_at, f"申请退款 {what}：{refund.note or refund.get_reason_display()}"))
        found.append((refund.succeeded_at, f"退款 {what} 到账"))
        for old in refund.closed_numbers.all():
            found.append((old.replaced_at, f"微信关闭了退款单 {old.out_refund_no}，换新单号重新发起"))
        if refund.status == RefundStatus.FAILED:
            found.append((refund.updated_at, f"退款失败：{refund.failure}"))
    return found
