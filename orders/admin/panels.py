"""What orders shows on a member's page, and on lines of points that an order moved."""

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.admin.points import tells_of
from accounts.enums import PointReason
from blindbox.common.adminkit import NOTHING, Panel, chip, link, list_url, local_time, panel, thumbnail
from blindbox.common.money import yuan
from orders.admin.order import TONES
from orders.models import InventoryItem, Order, Payment, Refund

ROWS = 20


@tells_of(PointReason.ORDER, PointReason.REFUND)
def order_of_points(ref: str) -> SafeString | None:
    """Return a link to an order by its number: the ledger keeps no more."""
    if not ref.isdecimal():
        return None
    return format_html(
        '<a class="bb-link" href="{}">订单 {}</a>', reverse("admin:orders_order_by_number", args=[ref]), ref
    )


@panel("accounts.member", title="订单", permission="orders.view_order")
def orders(member_id: int) -> Panel:
    found = Order.objects.filter(member_id=member_id).order_by("-pk")
    return Panel(
        headers=["时间", "订单号", "来源", "状态", "应付", "积分"],
        rows=[
            (local_time(o.created_at), link(o.order_no, "orders.order", o.pk), o.get_source_display(),
             chip(o.get_status_display(), TONES.get(o.status, "default")), yuan(o.payable_fen), o.points_used)
            for o in found[:ROWS]
        ],
        empty="还没有下过单。",
        more_url=list_url("orders.order", f"?member={member_id}"),
    )  # fmt: skip


@panel("orders.order", title="支付与退款", permission="orders.view_payment", last=True)
def payments(order_id: int) -> Panel:
    paid = Payment.objects.filter(order_id=order_id).order_by("pk")
    refunded = Refund.objects.filter(order_id=order_id).order_by("pk")
    return Panel(
        headers=["单号", "金额", "状态", "微信单号", "创建时间"],
        rows=[
            *((link(f"支付 {p.out_trade_no}", "orders.payment", p.pk), yuan(p.amount_fen), p.get_status_display(),
               p.transaction_id or NOTHING, local_time(p.created_at)) for p in paid),
            *((link(f"退款 {r.out_refund_no}", "orders.refund", r.pk), yuan(r.amount_fen), r.get_status_display(),
               r.refund_id or NOTHING, local_time(r.created_at)) for r in refunded),
        ],
        empty="没有向微信支付过。",
    )  # fmt: skip


@panel("accounts.member", title="持仓", permission="orders.view_inventoryitem")
def inventory(member_id: int) -> Panel:
    items = InventoryItem.objects.filter(member_id=member_id).order_by("-pk")
    return Panel(
        headers=["", "奖品", "状态", "参考价", "得到时间"],
        rows=[
            (thumbnail(i.image_url), link(i.title, "orders.inventoryitem", i.pk), i.get_status_display(),
             yuan(i.reference_value_fen), local_time(i.created_at))
            for i in items[:ROWS]
        ],
        empty="还没有奖品。",
        more_url=list_url("orders.inventoryitem", f"?member={member_id}"),
    )  # fmt: skip
