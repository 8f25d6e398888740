"""What the buttons that refund an order say before they act: whose order it is, and what goes where."""

from typing import Any

from django.http import HttpRequest

from blindbox.common.adminkit import ReasonForm
from blindbox.common.money import yuan
from orders.admin import staff_refunds
from orders.enums import PayWith
from orders.models import Order


class StuckRefundForm(ReasonForm):
    """An order that yielded nothing: only what was paid goes back."""

    form_before_template = "backoffice/refund_preview.html"

    def get_before_template_context(self, request: HttpRequest, object_id: Any = None) -> dict[str, Any]:
        order = Order.objects.select_related("member").get(pk=object_id)
        return {"order": order, "effects": [*returned(order), *self.taken_back(order)]}

    def taken_back(self, order: Order) -> list[str]:
        return []


class RefundForm(StuckRefundForm):
    """An order that was handed over: its source takes back what it yielded."""

    def taken_back(self, order: Order) -> list[str]:
        return staff_refunds.commands_of(order.source).taken_back(order.pk)


def returned(order: Order) -> list[str]:
    """Return in Chinese what a refund gives back, each part to where it came from."""
    to = "微信" if order.pay_with == PayWith.WEIXIN else "原支付方式"
    cash = f"退回 {yuan(order.paid_fen)} 到{to}" if order.paid_fen else ""
    points = f"退回 {order.points_used} 积分" if order.points_used else ""
    return [line for line in (cash, points) if line]
