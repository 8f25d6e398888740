"""Orders as plain values, for one and for many: the draw's answer is on the hot path."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from blindbox.common.business_day import in_shanghai
from orders import selectors
from orders.checkout import contents
from orders.checkout.contents import DrawResult
from orders.checkout.moments import place_in_time
from orders.checkout.pricing import Line
from orders.enums import OrderSource, OrderStatus, PayWith
from orders.models import Order, OrderItem
from orders.payments.prepay import PaymentParams
from orders.services.placing import FreshOrder

_ITEM = ["title", "product_id", "quantity", "unit_price_fen", "unit_points", "amount_fen"]
_AMOUNTS = [
    "goods_fen",
    "discount_fen",
    "points_used",
    "points_fen",
    "wallet_fen",
    "freight_fen",
    "payable_fen",
    "paid_fen",
    "refunded_fen",
]
_MOMENTS = [
    ("created", "下单", "created_at"),
    ("paid", "支付", "paid_at"),
    ("completed", "完成", "completed_at"),
    ("closed", "关闭", "closed_at"),
]
_REFUND = [("refund_requested", "申请退款"), ("refunded", "退款到账")]


def moment(at: datetime | None) -> str | None:
    return None if at is None else in_shanghai(at)


def order_body(
    order: Order | FreshOrder,
    *,
    items: Iterable[OrderItem | Line],
    draws: Sequence[DrawResult] | None,
    refunds: Iterable[tuple[datetime, datetime | None]] = (),
    log_head: str | None = None,
) -> dict[str, Any]:
    """Return an order as `OrderResponse` declares it."""
    return {
        "order_no": order.order_no,
        "source": order.source,
        "source_label": OrderSource(order.source).label,
        "status": order.status,
        "status_label": OrderStatus(order.status).label,
        "pay_with": order.pay_with,
        "pay_with_label": PayWith(order.pay_with).label,
        "items": [_fields(item, _ITEM) for item in items],
        **_fields(order, _AMOUNTS),
        "created_at": moment(order.created_at),
        "expires_at": moment(order.expires_at),
        "paid_at": moment(order.paid_at),
        "draws": None if draws is None else [draw_body(draw) for draw in draws],
        "log_head": log_head or None,
        "shipping": None,
        "timeline": _timeline(order, refunds),
    }


def _fields(row: Any, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _timeline(order: Order | FreshOrder, refunds: Iterable[tuple[datetime, datetime | None]]) -> list[dict[str, Any]]:
    """Return what has happened, in the order in which it did."""
    known = [(word, label, getattr(order, name)) for word, label, name in _MOMENTS]
    known += [(*what, at) for moments in refunds for what, at in zip(_REFUND, moments, strict=True)]
    happened = [(at, word, label) for word, label, at in known if at is not None]
    in_order = sorted(happened, key=lambda entry: place_in_time(entry[0], created_at=order.created_at))
    return [{"event": word, "event_label": label, "at": moment(at)} for at, word, label in in_order]


def draw_body(draw: DrawResult) -> dict[str, Any]:
    reward = draw.reward
    return {
        "id": draw.id,
        "reward": {
            "id": reward.id,
            "level": reward.level,
            "name": reward.name,
            "kind": reward.kind,
            "kind_label": reward.kind_label,
            "image_url": reward.image_url,
        },
        "ticket_no": draw.ticket_no,
        "prize_index": draw.prize_index,
        "is_bonus": draw.is_bonus,
        "refunded": draw.refunded,
        "inventory_id": draw.inventory_id,
        "play": None if draw.play is None else dict(draw.play),
    }


def payment_body(payment: PaymentParams | None) -> dict[str, Any] | None:
    if payment is None:
        return None
    return {"gateway": payment.gateway, "out_trade_no": payment.out_trade_no, "params": payment.params}


def with_contents(order: Order) -> dict[str, Any]:
    """Return one order with what it brought."""
    [body] = many_with_contents([order])
    return body


def many_with_contents(orders: Sequence[Order]) -> list[dict[str, Any]]:
    """Return orders with what they brought, the same number of queries for any number of them."""
    brought, refunds = contents.of_orders(orders), selectors.refund_moments(order.pk for order in orders)
    heads = contents.heads_of(orders)
    return [
        order_body(
            each,
            items=each.items.all(),
            draws=brought.get(each.pk),
            refunds=refunds.get(each.pk, ()),
            log_head=heads.get(each.pk),
        )
        for each in orders
    ]
