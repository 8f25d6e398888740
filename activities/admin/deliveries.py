"""Prizes that an issuer hands out: which arrived, which wait, and sending again what was given up."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from activities.admin.draws import MEMBER_SEARCH, MEMBER_SEARCH_HELP, member_link
from activities.enums import DeliveryStatus
from activities.models import PrizeDelivery
from activities.services.prizes import deliveries
from blindbox.common.adminkit import (
    ChoiceFilter,
    ReadOnlyAdmin,
    ReasonForm,
    TimeRangeFilter,
    chip_column,
    dialog_action,
    display,
    yuan_column,
)
from blindbox.system.admin.audited import WithHistory, actor_of

amount = yuan_column("amount_fen", "钱包金额")
SOURCES = {"draw": "抽奖批次", "boss": "Boss 结算"}
status = chip_column(
    "status",
    "状态",
    {DeliveryStatus.PENDING: "warning", DeliveryStatus.FAILED: "danger", DeliveryStatus.DELIVERED: "success"},
)


@admin.register(PrizeDelivery)
class PrizeDeliveryAdmin(ReadOnlyAdmin, WithHistory):
    intro = (
        "开奖之后另行发放的奖品（优惠券、钱包金额）。失败会自动重试；多次失败的停在“发放失败”，"
        "先按最近错误排除原因，再打开它点“重新发放”。"
    )
    list_display = ["created_at", member_link, "title", "kind", "origin", status, "failures", "delivered_at"]
    list_display_links = ["created_at"]
    list_filter = [("status", ChoiceFilter), ("kind", ChoiceFilter), ("created_at", TimeRangeFilter)]
    list_select_related = ["member"]
    search_fields = MEMBER_SEARCH
    search_help_text = MEMBER_SEARCH_HELP
    ordering = ["-pk"]
    fieldsets = [
        (None, {"fields": [("title", "kind", status), (member_link, "coupon_id", amount), "origin"]}),
        ("发放", {"fields": [("created_at", "delivered_at", "failures"), "last_error"]}),
    ]
    readonly_fields = [member_link, status, amount, "origin"]
    actions_detail = ["retry"]
    command_permissions = {"change_prizedelivery": "重新发放"}

    @display("来源")
    def origin(self, row: PrizeDelivery) -> str:
        return f"{SOURCES.get(row.source, row.source)} {row.source_id} 第 {row.source_part + 1} 件"

    def has_retry_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        failed = PrizeDelivery.objects.filter(pk=object_id, status=DeliveryStatus.FAILED)
        return request.user.has_perm("activities.change_prizedelivery") and failed.exists()

    @dialog_action(
        "重新发放",
        description="把已放弃的发放放回队列。同一件奖品只会到账一次。",
        submit="重新发放",
        permissions=["retry"],
        icon="replay",
    )
    def retry(self, request: HttpRequest, form: ReasonForm, object_id: int) -> str:
        reason, actor = form.cleaned_data["reason"], actor_of(request)
        deliveries.retry(delivery_id=object_id, actor=actor, now=timezone.now(), reason=reason)
        return "已放回队列，几秒内会再次发放"
