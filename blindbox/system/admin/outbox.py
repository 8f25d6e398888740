from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from blindbox.common import events
from blindbox.common.adminkit import (
    ReadOnlyAdmin,
    ReasonForm,
    TimeRangeFilter,
    chip,
    coded,
    dialog_action,
    display,
    json_block,
    word_filter,
)
from blindbox.system.admin.audited import actor_of
from blindbox.system.models import OutboxMessage
from blindbox.system.services import given_up

STATES = {
    "dead": ("已放弃", Q(dead_at__isnull=False, set_aside_at__isnull=True)),
    "set_aside": ("已人工处理", Q(set_aside_at__isnull=False)),
    "waiting": ("等待投递", Q(due_at__isnull=False)),
    "delivered": ("已投递", Q(delivered_at__isnull=False)),
}
state_filter = word_filter(
    "状态",
    "state",
    lambda: [(word, label) for word, (label, _) in STATES.items()],
    lambda word: STATES[word][1],
)


def _topics() -> list[tuple[str, str]]:
    topics = OutboxMessage.objects.order_by("topic").values_list("topic", flat=True).distinct()
    return [(topic, events.label_of(topic)) for topic in topics]


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    intro = (
        "业务事件在这里排队投递。“已放弃”的事件连续失败了多次：先按最近错误排除原因，再打开它点“重新投递”；"
        "已经在系统之外核对并处理完的，点“处理完毕”。"
    )
    list_display = ["what", "occurrence", "who", "state", "failures", "error", "created_at"]
    list_filter = [state_filter, word_filter("主题", "topic", _topics), ("created_at", TimeRangeFilter)]
    search_fields = ["topic", "event_key", "subscriber"]
    ordering = ["-pk"]
    fields = [
        ("what", "occurrence", "who"),
        ("state", "attempts", "failures"),
        ("created_at", "due_at", "delivered_at"),
        ("dead_at", "set_aside_at"),
        "last_error",
        "content",
    ]
    readonly_fields = ["what", "occurrence", "who", "state", "content"]
    actions_detail = ["revive", "set_aside"]
    command_permissions = {"change_outboxmessage": "重新投递或处理完毕"}

    def has_revive_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may(request, object_id, Q(dead_at__isnull=False))

    def has_set_aside_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may(request, object_id, Q(dead_at__isnull=False, set_aside_at__isnull=True))

    def _may(self, request: HttpRequest, object_id: Any, while_it_is: Q) -> bool:
        allowed = request.user.has_perm("system.change_outboxmessage")
        return allowed and OutboxMessage.objects.filter(while_it_is, pk=object_id).exists()

    @display("事件", ordering="topic")
    def what(self, message: OutboxMessage) -> SafeString:
        return coded(events.label_of(message.topic), message.topic)

    @display("关于", ordering="event_key")
    def occurrence(self, message: OutboxMessage) -> SafeString:
        return coded(message.occurrence, message.event_key)

    @display("要做什么", ordering="subscriber")
    def who(self, message: OutboxMessage) -> SafeString:
        return coded(events.doing_of(message.topic, message.subscriber), message.subscriber)

    @display("状态")
    def state(self, message: OutboxMessage) -> SafeString:
        if message.dead_at:
            return chip("已人工处理", "info") if message.set_aside_at else chip("已放弃", "danger")
        return chip("已投递", "success") if message.delivered_at else chip("等待投递", "warning")

    @display("最近错误")
    def error(self, message: OutboxMessage) -> str:
        return message.last_error[:60] or "—"

    @display("内容")
    def content(self, message: OutboxMessage) -> SafeString | str:
        return json_block(message.payload)

    @dialog_action(
        "重新投递",
        description="把已放弃的事件放回队列，几秒内会再次投递。请先确认失败的原因已经排除。",
        permissions=["revive"],
        icon="replay",
    )
    def revive(self, request: HttpRequest, form: ReasonForm, object_id: int) -> str:
        reason, actor = form.cleaned_data["reason"], actor_of(request)
        revived = given_up.revive(message_id=object_id, reason=reason, actor=actor, now=timezone.now())
        return "已放回队列" if revived else "这条事件不在“已放弃”状态，没有变化"

    @dialog_action(
        "处理完毕",
        description="已经在系统之外核对并处理（例如在微信商户平台退款）。事件不再投递，待办也不再提示；记录和日志都会保留。",
        permissions=["set_aside"],
        icon="task_alt",
    )
    def set_aside(self, request: HttpRequest, form: ReasonForm, object_id: int) -> str:
        reason, actor = form.cleaned_data["reason"], actor_of(request)
        closed = given_up.set_aside(message_id=object_id, reason=reason, actor=actor, now=timezone.now())
        return "已记为处理完毕" if closed else "这条事件不在“已放弃”状态，没有变化"
