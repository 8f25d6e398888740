from collections.abc import Callable
from operator import attrgetter
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from blindbox.common.adminkit import (
    NOTHING,
    ChoiceFilter,
    ReadOnlyAdmin,
    ReadOnlyTabularInline,
    ReasonForm,
    TimeRangeFilter,
    Tone,
    chip_column,
    dialog_action,
    display,
    links_column,
    yuan_column,
)
from blindbox.common.money import yuan
from blindbox.system.admin.audited import WithHistory, actor_of
from blindbox.system.admin.wording import logged_as
from orders.admin import staff_refunds
from orders.admin.refund_dialogs import RefundForm, StuckRefundForm
from orders.admin.staff_refunds import RefundOrder, StaffRefunds
from orders.admin.timeline import timeline
from orders.enums import OrderStatus, StaffRefund
from orders.models import Order, OrderItem, Payment

logged_as("Order", {"refund_fen": "退回现金", "points_returned": "退回积分"})
member_link = links_column("member", "用户")
REFUNDING: dict[str, Any] = {"submit": "确认退款", "icon": "currency_exchange"}
TONES: dict[str, Tone] = {
    OrderStatus.PENDING: "warning",
    OrderStatus.PAID: "info",
    OrderStatus.COMPLETED: "success",
    OrderStatus.REFUNDING: "warning",
    OrderStatus.REFUNDED: "danger",
}
status = chip_column("status", "状态", TONES)
unit_price, amount = yuan_column("unit_price_fen", "单价"), yuan_column("amount_fen", "小计")
goods, discount = yuan_column("goods_fen", "商品金额"), yuan_column("discount_fen", "优惠")
payable, paid, refunded = (
    yuan_column("payable_fen", "应付"),
    yuan_column("paid_fen", "实付"),
    yuan_column("refunded_fen", "已退"),
)


class OrderItemInline(ReadOnlyTabularInline):
    model = OrderItem
    fields = ["title", "quantity", unit_price, "unit_points", amount]
    readonly_fields = [unit_price, amount]
    ordering = ["line"]


_filters: list[type[Any]] = []


def filter_orders_by(found: type[Any]) -> None:
    """Let a higher app's filter stand on the list: what was bought is known there only."""
    _filters.append(found)


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin, WithHistory):
    intro = "所有订单。用订单号、微信单号、昵称或手机号或末四位搜索；点开看时间线、明细和抽奖结果，需要时退款。"
    list_display = ["order_no", member_link, "bought", "source", status, "price", "pay_with", "created_at", "paid_at"]
    list_filter = [
        ("status", ChoiceFilter),
        ("source", ChoiceFilter),
        ("pay_with", ChoiceFilter),
        ("created_at", TimeRangeFilter),
        ("paid_at", TimeRangeFilter),
    ]
    list_select_related = ["member"]
    search_fields = [
        "order_no__exact", "member__id__exact", "member__phone__known", "member__openid__exact", "member__nickname",
    ]  # fmt: skip
    search_help_text = "订单号、商户单号、微信单号、用户编号、昵称、手机号或末四位或 openid"
    ordering = ["-pk"]
    inlines = [OrderItemInline]
    fieldsets = [
        (None, {"fields": [("order_no", member_link), (status, "source"), ("pay_with", "expires_at")]}),
        ("金额", {"fields": [(goods, discount, "points_used"), (payable, paid, refunded)]}),
        ("时间线", {"fields": ["happened"]}),
    ]
    readonly_fields = [member_link, status, "happened", goods, discount, payable, paid, refunded]
    actions_detail = ["refund", "refund_stuck"]

    def get_urls(self) -> list[Any]:
        numbered = self.admin_site.admin_view(self.by_number)
        return [path("number/<str:order_no>/", numbered, name="orders_order_by_number"), *super().get_urls()]

    def by_number(self, request: HttpRequest, order_no: str) -> HttpResponse:
        """Lead to the page of the order of this number."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        order = get_object_or_404(Order, order_no=order_no)
        return HttpResponseRedirect(reverse("admin:orders_order_change", args=[order.pk]))

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [*super().get_list_filter(request), *_filters]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        """A number of WeChat's or of a payment names its order; its tables are not joined for every other search."""
        number = search_term.strip()
        named = Q(transaction_id=number) | Q(out_trade_no=number)
        paid = list(Payment.objects.filter(named).values_list("order_id", flat=True)) if number else []
        return (queryset.filter(pk__in=paid), False) if paid else super().get_search_results(request, queryset, number)

    def rows_of_page(self, rows: Any) -> list[Order]:
        orders = list(rows)
        prefetch_related_objects(orders, Prefetch("items", OrderItem.objects.order_by("line")))
        return orders

    @display("内容")
    def bought(self, order: Order) -> str:
        """The first line of the order, and whether there are more."""
        lines = list(order.items.all())
        more = f" 等 {len(lines)} 项" if len(lines) > 1 else ""
        return f"{lines[0]}{more}" if lines else NOTHING

    @display("金额", ordering="payable_fen")
    def price(self, order: Order) -> str:
        return f"{order.points_used} 积分" if order.points_used and not order.payable_fen else yuan(order.payable_fen)

    @display("")
    def happened(self, order: Order) -> SafeString:
        return timeline(order)

    def has_refund_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        order = self._refundable(request, object_id, OrderStatus.COMPLETED)
        return order is not None and staff_refunds.supports(order.source)

    def has_refund_stuck_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        order = self._refundable(request, object_id, OrderStatus.PAID)
        return order is not None and staff_refunds.is_stuck(source=order.source, order_id=order.pk)

    def _refundable(self, request: HttpRequest, object_id: Any, status: OrderStatus) -> Order | None:
        may = request.user.has_perm("orders.add_refund")
        return Order.objects.filter(pk=object_id, status=status).first() if may else None

    @dialog_action(
        StaffRefund.WHOLE,
        description="整单退款：先收回这张订单抽到的奖品和积分，再把现金退回微信、积分退回账户。"
        "奖品已转赠或已发货时不能退；送出的积分已花掉的部分记为欠积分，由用户之后的收入抵扣。"
        "用这张订单参加过通用抽奖的（见订单页下方）：还没发出的奖作废，已经发出的不收回。",
        form=RefundForm,
        permissions=["refund"],
        **REFUNDING,
    )
    def refund(self, request: HttpRequest, form: ReasonForm, object_id: int) -> str:
        _run(attrgetter("whole"), request, form, object_id)
        return "退款已受理：积分立即退回；现金由微信处理，通常几分钟内到账"

    @dialog_action(
        StaffRefund.STUCK,
        description="这张订单付了款，但开奖一再失败，系统已经放弃，没有开出任何奖品。整单退款：释放占用的抽数，把现金退回微信。"
        "退款之后即使再投递开奖事件，也不会再开奖。能修好原因的，先到 系统 › 事件投递 重新投递。",
        form=StuckRefundForm,
        permissions=["refund_stuck"],
        **REFUNDING,
    )
    def refund_stuck(self, request: HttpRequest, form: ReasonForm, object_id: int) -> str:
        _run(attrgetter("stuck"), request, form, object_id)
        return "退款已受理：占用已释放；现金由微信处理，通常几分钟内到账"


def _run(which: Callable[[StaffRefunds], RefundOrder], request: HttpRequest, form: ReasonForm, order_id: int) -> None:
    refund = which(staff_refunds.commands_of(Order.objects.get(pk=order_id).source))
    refund(order_id=order_id, reason=form.cleaned_data["reason"], actor=actor_of(request), now=timezone.now())
