from django.contrib import admin

from blindbox.common.adminkit import (
    ChoiceFilter,
    ReadOnlyAdmin,
    TimeRangeFilter,
    chip_column,
    display,
    links_column,
    yuan_column,
)
from orders.enums import PaymentStatus
from orders.models import Payment

status = chip_column(
    "status",
    "状态",
    {
        PaymentStatus.PREPARED: "warning",
        PaymentStatus.SUCCESS: "success",
        PaymentStatus.SURPLUS: "danger",
        PaymentStatus.REFUNDED: "info",
    },
)
CHANNELS = {"wechat_v3": "微信支付 V3", "wechat_v2": "微信支付 V2"}
order_link = links_column("order", "订单")
amount, refunding = yuan_column("amount_fen", "金额"), yuan_column("refunding_fen", "已申请退款")


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    intro = "每一次向微信下的支付单。“多付待退”是同一订单收到第二笔钱，系统会自动原路退回。"
    list_display = ["out_trade_no", order_link, amount, status, "transaction_id", "created_at", "paid_at"]
    list_filter = [("status", ChoiceFilter), ("created_at", TimeRangeFilter), ("paid_at", TimeRangeFilter)]
    list_select_related = ["order"]
    search_fields = ["out_trade_no__exact", "order__order_no__exact", "transaction_id__exact"]
    search_help_text = "商户单号、订单号或微信单号"
    ordering = ["-pk"]
    fieldsets = [
        (None, {"fields": [("out_trade_no", order_link, status), (amount, refunding, "channel")]}),
        ("微信", {"fields": [("transaction_id", "prepay_id")]}),
        ("时间", {"fields": [("created_at", "expires_at", "paid_at", "closed_at"), ("next_query_at", "queries")]}),
    ]
    readonly_fields = [order_link, status, amount, refunding, "channel"]

    @display("渠道")
    def channel(self, payment: Payment) -> str:
        return CHANNELS.get(payment.gateway, payment.gateway)
