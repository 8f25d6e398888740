"""Owing, paying, owning."""

from orders.models.callback import PaymentCallback
from orders.models.inventory import InventoryItem
from orders.models.order import Order, OrderItem
from orders.models.payment import Payment
from orders.models.refund import ClosedRefundNumber, Refund

__all__ = ["ClosedRefundNumber", "InventoryItem", "Order", "OrderItem", "Payment", "PaymentCallback", "Refund"]
