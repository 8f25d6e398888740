from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from blindbox.common.adminkit import (
    ChoiceFilter,
    ReadOnlyAdmin,
    ReasonForm,
    TimeRangeFilter,
    chip_column,
    dialog_action,
    display,
    links_column,
    word_filter,
    yuan_column,
)
from blindbox.system.admin.audited import WithHistory, actor_of
from orders.enums import RefundFailure, RefundStatus
from orders.models import Refund
from orders.payments import refund_progress

status = chip_column(
    "status",
    "状态",
    {
        RefundStatus.REQUESTED: "warning",
        RefundStatus.PROCESSING: "warning",
        RefundStatus.SUCCEEDED: "success",
        RefundStatus.FAILED: "danger",
    },
)
order_link = links_column("order", "订单")
unfinished = word_filter("进度", "running", lambda: [("yes", "处理中")], lambda _: running())
amount = yuan_column("amount_fen", "退款金额")


def running() -> Q:
    """Return the refunds that WeChat has not finished."""
    return Q(status__in=RefundStatus.running())


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin, WithHistory):
    intro = "原路退回的钱和积分。“退款失败”先看失败类型：“微信已关闭”点“重新发起退款”换新单号，其他的处理后点“重试”。"
    list_display = ["out_refund_no", order_link, amount, "points", status, "reason", "created_at", "succeeded_at"]
    list_filter = [
        ("status", ChoiceFilter),
        ("failure_kind", ChoiceFilter),
        ("reason", ChoiceFilter),
        ("created_at", TimeRangeFilter),
        unfinished,
    ]
    list_select_related = ["order"]
    search_fields = [
        "out_refund_no__exact",
        "closed_numbers__out_refund_no__exact",
        "order__order_no__exact",
        "refund_id__exact",
    ]
    search_help_text = "退款单号（包括已关闭的）、订单号或微信退款单号"
    ordering = ["-pk"]
    fieldsets = [
        (None, {"fields": [("out_refund_no", order_link, status), (amount, "points", "reason"), "note"]}),
        ("微信", {"fields": [("refund_id", "earlier"), ("failure_kind", "failure")]}),
        ("时间", {"fields": [("created_at", "succeeded_at"), ("next_query_at", "queries")]}),
    ]
    readonly_fields = [order_link, status, amount, "earlier"]
    actions_detail = ["retry", "start_again"]
    command_permissions = {"add_refund": "退款、重试、重新发起退款"}

    @display("已关闭的单号")
    def earlier(self, refund: Refund) -> str:
        return "、".join(each.out_refund_no for each in refund.closed_numbers.order_by("pk")) or "—"

    def has_retry_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may(request, object_id, ~Q(failure_kind=RefundFailure.CLOSED))

    def has_start_again_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may(request, object_id, Q(failure_kind=RefundFailure.CLOSED))

    def _may(self, request: HttpRequest, object_id: Any, failed_so: Q) -> bool:
        failed = Refund.objects.filter(failed_so, pk=object_id, status=RefundStatus.FAILED)
        return request.user.has_perm("orders.add_refund") and failed.exists()

    @dialog_action(
        "重试",
        description="用同一个退款单号再向微信申请一次，不会重复退款。",
        submit="重试",
        permissions=["retry"],
        icon="replay",
    )
    def retry(self, request: HttpRequest, form: ReasonForm, object_id: int) -> str:
        reason = form.cleaned_data["reason"]
        refund_progress.retry(refund_id=object_id, reason=reason, actor=actor_of(request), now=timezone.now())
        return "已重新向微信申请"

    @dialog_action(
        "重新发起退款",
        description="微信关闭了原来的退款单号，再退只能换新单号。提交时会先向微信核对原单号确已关闭，不会重复退款。",
        submit="换新单号退款",
        permissions=["start_again"],
        icon="restart_alt",
    )
    def start_again(self, request: HttpRequest, form: ReasonForm, object_id: int) -> str:
        reason = form.cleaned_data["reason"]
        refund_progress.start_again(refund_id=object_id, reason=reason, actor=actor_of(request), now=timezone.now())
        return "已换新单号向微信申请退款"
