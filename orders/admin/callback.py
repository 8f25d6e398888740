import json
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import BooleanField, Case, Q, QuerySet, Value, When
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.selectors import SEES_ALL
from blindbox.common.adminkit import (
    ReadOnlyAdmin,
    ReasonForm,
    TimeRangeFilter,
    chip,
    dialog_action,
    display,
    json_block,
    personal,
    word_filter,
    yuan_column,
)
from blindbox.common.text import masked
from blindbox.system.admin.audited import actor_of
from blindbox.system.services import given_up
from orders.models import PaymentCallback
from orders.selectors import stuck_notices

PATIENCE = timedelta(minutes=5)
KINDS = {"payment": "支付", "refund": "退款"}
STATES = {
    "success": "成功", "refund": "转入退款", "notpay": "未支付", "closed": "已关闭", "paying": "支付中",
    "failed": "支付失败", "processing": "处理中", "abnormal": "异常",
}  # fmt: skip
HANDLING = {"waiting": "等待处理", "late": "等了 5 分钟以上", "stuck": "对不上"}
amount = yuan_column("amount_fen", "金额")


def mismatched() -> Q:
    """Return the notices whose facts contradict ours and that nobody has dealt with: only a person can decide."""
    return Q(processed_at__isnull=True, pk__in=[pk for pk, each in stuck_notices().items() if not each.is_set_aside])


def late(*, now: datetime) -> Q:
    """Return the notices that should have been processed by now, but for those that do not fit."""
    return Q(processed_at__isnull=True, received_at__lte=now - PATIENCE) & ~Q(pk__in=[*stuck_notices()])


def _one_of(ids: list[int]) -> Case:
    return Case(When(pk__in=ids, then=Value(True)), default=Value(False), output_field=BooleanField())


def _handling(word: str) -> Q:
    waiting = Q(processed_at__isnull=True)
    return {"waiting": waiting, "late": late(now=timezone.now()), "stuck": mismatched()}[word]


@admin.register(PaymentCallback)
class PaymentCallbackAdmin(ReadOnlyAdmin):
    intro = (
        "微信发来的、验签通过的通知原文。同一通知只存一次、只处理一次。"
        "“对不上”的通知与我方记录不符，系统不会入账：点开看原因，与微信商户平台核对，处理好后点“处理完毕”。"
    )
    list_display = ["received_at", "what", "out_trade_no", amount, "handled"]
    list_filter = [
        word_filter("种类", "kind", lambda: list(KINDS.items())),
        word_filter("处理", "handled", lambda: list(HANDLING.items()), _handling),
        ("received_at", TimeRangeFilter),
    ]
    search_fields = ["out_trade_no__exact", "out_refund_no__exact", "transaction_id__exact", "notice_id__exact"]
    search_help_text = "商户单号、退款单号、微信单号或通知编号"
    ordering = ["-pk"]
    fieldsets = [
        (None, {"fields": [("what", "handled", "problem"), ("out_trade_no", "out_refund_no", "transaction_id")]}),
        ("金额与时间", {"fields": [(amount, "currency", "payer"), ("occurred_at", "received_at", "processed_at")]}),
        ("原文", {"fields": ["notice_id", "content"]}),
    ]
    readonly_fields = ["what", "handled", "problem", amount, "payer", "content"]
    actions_detail = ["set_aside"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PaymentCallback]:
        callbacks: QuerySet[PaymentCallback] = super().get_queryset(request)
        found = stuck_notices()
        dealt_with = [pk for pk, each in found.items() if each.is_set_aside]
        may_tell = Value(request.user.has_perm(SEES_ALL))
        return callbacks.annotate(is_stuck=_one_of([*found]), is_set_aside=_one_of(dealt_with), may_tell=may_tell)

    def has_set_aside_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        found = stuck_notices().get(int(object_id)) if request.user.has_perm("system.change_outboxmessage") else None
        return found is not None and not found.is_set_aside

    @display("通知", ordering="kind")
    def what(self, callback: PaymentCallback) -> str:
        return f"{KINDS.get(callback.kind, callback.kind)}：{STATES.get(callback.state, callback.state)}"

    @display("处理", ordering="processed_at")
    def handled(self, callback: Any) -> SafeString:
        if callback.processed_at:
            return chip("已处理", "success")
        if not callback.is_stuck:
            return chip("等待处理", "warning")
        return chip("已人工处理", "info") if callback.is_set_aside else chip("对不上", "danger")

    @display("哪里对不上")
    def problem(self, callback: Any) -> str:
        return stuck_notices()[callback.pk].why.partition(": ")[2] if callback.is_stuck else "—"

    @display("微信 openid")
    def payer(self, callback: Any) -> str:
        return personal(callback.openid, whole=callback.may_tell)

    @display("解密内容")
    def content(self, callback: Any) -> SafeString | str:
        if callback.may_tell or not callback.openid:
            return json_block(callback.payload)
        told = json.dumps(callback.payload).replace(json.dumps(callback.openid), json.dumps(masked(callback.openid)))
        return json_block(json.loads(told))

    @dialog_action(
        "处理完毕",
        description="已与微信商户平台核对，该退的已在平台退款。待办不再提示这条通知，它的原文和日志都会保留。",
        permissions=["set_aside"],
        icon="task_alt",
    )
    def set_aside(self, request: HttpRequest, form: ReasonForm, object_id: int) -> str:
        found = stuck_notices().get(object_id)
        reason, actor, now = form.cleaned_data["reason"], actor_of(request), timezone.now()
        if found is None or not given_up.set_aside(message_id=found.message_id, reason=reason, actor=actor, now=now):
            return "这条通知不是“对不上”的，没有变化"
        return "已记为处理完毕"
