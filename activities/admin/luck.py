"""Who won more than chance explains: the notes that wait for a person, and the figures behind them."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from activities.admin.draws import LongListAdmin, issue_link, member_link
from activities.models import DrawLuck, RiskNote
from activities.services.luck import watching
from blindbox.common.adminkit import (
    AutocompleteSelectFilter,
    Panel,
    ReasonForm,
    TimeRangeFilter,
    Todo,
    chip,
    dialog_action,
    display,
    link,
    list_url,
    panel,
    todos,
    word_filter,
    yuan_column,
)
from blindbox.common.money import yuan
from blindbox.system.admin.audited import WithHistory, actor_of

ROWS = 20
surprise = yuan_column("surprise_fen", "高出期望")


def _waiting(word: str) -> Q:
    return Q(closed_at__isnull=word == "yes")


@display("偏离", ordering="z_x1000")
def deviations(row: Any) -> str:
    return f"{row.z_x1000 / 1000:.1f} 倍标准差"


@admin.register(RiskNote)
class RiskNoteAdmin(LongListAdmin, WithHistory):
    intro = (
        "每晚统计每位用户“奖品价值 − 当时的期望价值”。偏离超过 5 倍标准差、诚实抽奖几乎不可能出现的列在这里："
        "核对抽奖记录、设备和同事的关联账号，再点“处理完毕”写下结论。"
    )
    list_display = ["found_at", member_link, "draws", surprise, deviations, "odds", "state"]
    list_display_links = ["found_at"]
    named = ["member"]
    list_filter = [
        word_filter("状态", "waiting", lambda: [("yes", "待处理"), ("no", "已处理")], _waiting),
        ("found_at", TimeRangeFilter),
    ]
    fieldsets = [
        (None, {"fields": [(member_link, "state", "found_at"), ("draws", surprise, deviations), ("odds", "seen_at")]}),
        ("处理", {"fields": [("closed_at", "conclusion")]}),
    ]
    readonly_fields = [member_link, surprise, deviations, "odds", "state"]
    actions_detail = ["close"]
    command_permissions = {"change_risknote": "处理风险提示"}

    @display("诚实时的机会")
    def odds(self, note: RiskNote) -> str:
        return f"不超过 {note.chance:.1e}"

    @display("状态", ordering="closed_at")
    def state(self, note: RiskNote) -> SafeString:
        return chip("待处理", "danger") if note.closed_at is None else chip("已处理", "success")

    def has_close_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        waiting = RiskNote.objects.filter(pk=object_id, closed_at__isnull=True)
        return request.user.has_perm("activities.change_risknote") and waiting.exists()

    @dialog_action(
        "处理完毕",
        description="写下核实的结论。之后偏离再增加 1 倍标准差才会重新提示。",
        submit="处理完毕",
        permissions=["close"],
        icon="task_alt",
    )
    def close(self, request: HttpRequest, form: ReasonForm, object_id: int) -> str:
        conclusion, actor = form.cleaned_data["reason"], actor_of(request)
        watching.close_note(note_id=object_id, conclusion=conclusion, actor=actor, now=timezone.now())
        return "已记录结论"


@admin.register(DrawLuck)
class DrawLuckAdmin(LongListAdmin):
    intro = "每位用户在每一期里，奖品价值比当时的期望高出多少，每晚重算。正负都正常；长期看平均为 0。"
    list_display = [member_link, issue_link, "draws", surprise, deviations]
    list_display_links = None
    named = ["member", "issue__activity"]
    list_filter = [("issue", AutocompleteSelectFilter)]
    ordering = ["-z_x1000", "pk"]


@panel("accounts.member", title="手气统计", permission="activities.view_drawluck")
def luck_of_member(member_id: int) -> Panel:
    rows = DrawLuck.objects.filter(member_id=member_id).select_related("issue__activity").order_by("-issue_id")
    whole = watching.tally_of(member_id)
    total = [("全部期次", whole.draws, yuan(round(whole.surprise)), f"{whole.z:.1f}")] if whole.draws else []
    return Panel(
        headers=["期次", "抽数", "高出期望", "偏离（标准差）"],
        rows=[*total, *(_row(each) for each in rows[:ROWS])],
        empty="还没有统计，每晚更新。",
    )


def _row(luck: DrawLuck) -> tuple[Any, ...]:
    issue = link(str(luck.issue), "activities.issue", luck.issue_id)
    return issue, luck.draws, yuan(luck.surprise_fen), f"{luck.z_x1000 / 1000:.1f}"


@todos.add("手气异常的用户", permission="activities.view_risknote", order=12, note="核实是否有人提前知道结果")
def open_notes(*, now: datetime) -> Todo:
    return Todo(
        RiskNote.objects.filter(closed_at__isnull=True).count(), list_url("activities.risknote", "?waiting=yes")
    )
