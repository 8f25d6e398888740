"""What an export of evidence shows of orders: money and goods, without who the member is."""

from collections.abc import Iterator, Sequence
from typing import Any

from orders.models import InventoryItem, Order, Payment, Refund

AT_ONCE = 500
_ORDERS = (
    "id order_no member_id source status pay_with goods_fen discount_fen points_used points_fen wallet_fen payable_fen "
    "paid_fen refunded_fen created_at paid_at completed_at closed_at close_reason"
)
_PAYMENTS = "id order_id gateway out_trade_no transaction_id amount_fen status paid_at closed_at"
_REFUNDS = "id order_id payment_id out_refund_no amount_fen status reason created_at"
_ITEMS = "id member_id product_id source_id source_part title reference_value_fen status reason created_at updated_at"
Rows = Iterator[dict[str, Any]]


def evidence_of(*, order_ids: Sequence[int], granted_by: tuple[str, Sequence[int]]) -> dict[str, Rows]:
    """Return orders, payments, refunds and the goods that a source handed out, read a few hundred rows at a time."""
    source, source_ids = granted_by
    return {
        "orders": _rows(Order, _ORDERS, "pk", order_ids),
        "payments": _rows(Payment, _PAYMENTS, "order_id", order_ids),
        "refunds": _rows(Refund, _REFUNDS, "order_id", order_ids),
        "inventory": _rows(InventoryItem, _ITEMS, "source_id", source_ids, source=source),
    }


def _rows(model: Any, columns: str, key: str, wanted: Sequence[int], **others: str) -> Rows:
    for start in range(0, len(wanted), AT_ONCE):
        some = {f"{key}__in": wanted[start : start + AT_ONCE], **others}
        yield from model.objects.filter(**some).order_by("pk").values(*columns.split())
