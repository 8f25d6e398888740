"""Orders and the money around them, to look at; a refund is a command."""

from orders.admin import callback, figures, inventory, order, panels, payment, refund

__all__ = ["callback", "figures", "inventory", "order", "panels", "payment", "refund"]
