"""Draws of the generic tool: what was won, whether it arrived, and handing out again what failed."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from activities.admin.draws import LongListAdmin, member_link, verify_link, what_won
from activities.enums import Outcome
from activities.gameplay.amount_range import ORDER
from activities.models import DrawLog, SessionDraw
from activities.services.glue import amounts, delivering
from activities.services.glue.delivering import Staff
from blindbox.common.adminkit import (
    NOTHING,
    AutocompleteSelectFilter,
    ChoiceFilter,
    Panel,
    ReasonForm,
    TimeRangeFilter,
    Todo,
    Tone,
    chip,
    dialog_action,
    display,
    link,
    links_column,
    list_url,
    local_time,
    panel,
    todos,
)
from blindbox.common.money import yuan
from blindbox.system.admin.audited import WithHistory, actor_of
from orders import selectors as orders

activity_link = links_column("activity", "活动")
TONES: dict[int, Tone] = {Outcome.WON: "warning", Outcome.FAILED: "danger", Outcome.DELIVERED: "success"}


@admin.register(SessionDraw)
class SessionDrawAdmin(LongListAdmin, WithHistory):
    intro = (
        "通用抽奖的每一抽，以及奖品发到了没有。抽中之后另行发奖，失败会自动重试；"
        "多次失败的停在“发奖失败”，先按最近错误排除原因，再打开它点“重新发奖”。"
    )
    list_display = ["created_at", member_link, "session", "prize", "drawn_for", "state", "failures", "delivered_at"]
    list_display_links = ["created_at"]
    named = ["activity", "member", "scope__issue__activity"]
    list_filter = [
        ("outcome", ChoiceFilter),
        ("activity", AutocompleteSelectFilter),
        ("created_at", TimeRangeFilter),
    ]
    fieldsets = [
        (None, {"fields": [(member_link, activity_link, "session"), ("prize", "state", "verify"), "drawn_for"]}),
        ("发奖", {"fields": [("created_at", "delivered_at", "voided_at"), ("failures", "last_error")]}),
        ("依据", {"fields": [("activity_no", "session_no"), ("batch", "place", "number")]}),
    ]
    readonly_fields = [
        member_link,
        activity_link,
        "session",
        "prize",
        "state",
        "verify",
        "drawn_for",
        "place",
        "number",
    ]
    actions_detail = ["deliver_again"]

    def rows_of_page(self, rows: Any) -> list[Any]:
        return _with_logs(rows)

    @display("场次")
    def session(self, draw: SessionDraw) -> SafeString:
        issue = draw.scope.issue
        return link(f"{issue} · {draw.scope.occurrence:%m-%d}", "activities.issue", issue.pk)

    @display("批内序号")
    def place(self, draw: SessionDraw) -> int:
        return draw.idx + 1

    @display("版本")
    def number(self, draw: SessionDraw) -> SafeString:
        told = "本场次的抽奖和投放从 1 起连续编号，这是其中第几个；验证时按它逐个重放"
        return format_html('{} <p class="bb-dim bb-small">{}</p>', draw.version, told)

    @display("奖品")
    def prize(self, draw: SessionDraw) -> SafeString | str:
        return _prize(draw)

    @display("凭什么抽")
    def drawn_for(self, draw: SessionDraw) -> str:
        if draw.amount_ref is None or draw.amount is None:
            return NOTHING
        kind, _, key = draw.amount_ref.partition(":")
        return f"订单 {key} 实付 {yuan(draw.amount)}" if kind == ORDER else f"积分流水 {key} 消费 {draw.amount} 积分"

    @display("状态", ordering="outcome")
    def state(self, draw: SessionDraw) -> SafeString:
        return _state(draw)

    @display("验证")
    def verify(self, draw: SessionDraw) -> SafeString | str:
        log = _log_of(draw)
        return NOTHING if log is None else verify_link(log.pk)

    def has_deliver_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        failed = SessionDraw.objects.filter(pk=object_id, outcome=Outcome.FAILED, voided_at__isnull=True)
        return request.user.has_perm("activities.deliver_prizes") and failed.exists()

    @dialog_action(
        "重新发奖",
        description="马上再发一次。同一次抽奖的奖品只会到账一次；用来抽奖的订单已经退款的，奖品作废。",
        submit="重新发奖",
        permissions=["deliver"],
        icon="replay",
    )
    def deliver_again(self, request: HttpRequest, form: ReasonForm, object_id: int) -> str:
        draw = SessionDraw.objects.get(pk=object_id)
        by = Staff(actor_of(request), form.cleaned_data["reason"])
        delivering.retry(batch_id=draw.batch_id, by=by, now=timezone.now())
        draw.refresh_from_db()
        return "已发奖" if draw.outcome == Outcome.DELIVERED else "订单已退款，奖品作废"


def _prize(draw: SessionDraw) -> SafeString | str:
    log = _log_of(draw)
    return NOTHING if log is None or draw.outcome == Outcome.NOT_WON else what_won(log)


def _state(draw: SessionDraw) -> SafeString:
    if draw.voided_at is not None:
        return chip("已作废")
    return chip(draw.get_outcome_display(), TONES.get(draw.outcome, "default"))


@panel("orders.order", title="用这张订单参加的抽奖", permission="activities.view_sessiondraw")
def draws_for_order(order_id: int) -> Panel:
    """What was drawn for the amount of an order: a refund voids what is still to be delivered, not what arrived."""
    names = amounts.refs_of_order(orders.order(order_id).order_no)
    draws = SessionDraw.objects.filter(amount_ref__in=names).select_related("activity").order_by("-pk")
    return Panel(
        headers=["时间", "活动", "奖品", "状态"],
        rows=[
            (
                local_time(each.created_at),
                link(str(each.activity), "activities.activity", each.activity_id),
                _prize(each),
                _state(each),
            )
            for each in _with_logs(draws)
        ],
        empty="没有用这张订单的金额或积分参加过通用抽奖。",
    )


def _with_logs(rows: Any) -> list[Any]:
    """Return records with the log of each, read with one query."""
    draws = list(rows)
    logs = DrawLog.objects.filter(batch_id__in={draw.batch_id for draw in draws}).select_related("reward")
    by_line = {(log.batch_id, log.idx): log for log in logs}
    for draw in draws:
        draw.log = by_line.get((draw.batch_id, draw.idx))
    return draws


def _log_of(draw: Any) -> DrawLog | None:
    if hasattr(draw, "log"):
        found: DrawLog | None = draw.log
        return found
    return DrawLog.objects.filter(batch_id=draw.batch_id, idx=draw.idx).select_related("reward").first()


@todos.add("通用抽奖发奖失败", permission="activities.view_sessiondraw", order=26, note="排除原因后重新发奖")
def draws_given_up(*, now: datetime) -> Todo:
    failed = SessionDraw.objects.filter(outcome=Outcome.FAILED, voided_at__isnull=True)
    given_up = failed.filter(failures__gte=delivering.MOST_FAILURES)
    return Todo(given_up.count(), list_url("activities.sessiondraw", f"?outcome__exact={Outcome.FAILED:d}"))
