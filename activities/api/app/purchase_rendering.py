"""A purchase's answer; one that was made just now is written from memory, only ids are read back."""

from collections.abc import Sequence
from typing import Any

from activities.services import results
from activities.services.purchases import Purchase
from orders import selectors as orders
from orders.api.app.rendering import order_body, payment_body
from orders.checkout.contents import DrawResult
from orders.payments.prepay import PaymentParams


def body(bought: Purchase, payment: PaymentParams | None) -> dict[str, Any]:
    """Return what `BuyDrawsResponse` declares."""
    draws = _draws(bought)
    if bought.placed is None:
        row = orders.order(bought.order_id)
        order = order_body(row, items=row.items.all(), draws=draws, log_head=bought.log_head)
    else:
        order = order_body(bought.placed.as_order(), items=bought.placed.lines, draws=draws, log_head=bought.log_head)
    return {
        "order": order,
        "payment": payment_body(payment),
        "draws": order["draws"],
        "log_head": bought.log_head or None,
    }


def _draws(bought: Purchase) -> Sequence[DrawResult] | None:
    """Return the results; none right after an order that waits for WeChat."""
    if bought.drawn is not None:
        return results.of_batch(bought.drawn)
    if bought.placed is not None:
        return None
    return results.of_orders([bought.order_id]).get(bought.order_id)
