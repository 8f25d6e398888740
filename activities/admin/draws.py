"""What was bought and drawn, and what was promised beforehand: to look at."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from activities.admin.pictures import picture_of
from activities.enums import BatchStatus
from activities.gameplay import registry
from activities.models import DrawBatch, DrawCommitment, DrawLog, Issue
from activities.services import terms
from blindbox.common.adminkit import (
    AutocompleteSelectFilter,
    ChoiceFilter,
    ReadOnlyAdmin,
    TimeRangeFilter,
    YesNoFilter,
    chip,
    chip_column,
    coded,
    display,
    link,
    links_column,
)
from orders.selectors import order_id_of, order_numbers

member_link = links_column("member", "用户")
issue_link = links_column("issue", "期次")
batch_link = links_column("batch", "批次")
MEMBER_SEARCH = [
    "member__nickname",
    "member__phone__known",
    "member__openid__exact",
    "member__id__exact",
    "id__exact",
]
MEMBER_SEARCH_HELP = "昵称、手机号或末四位、openid 或编号"
ORDER_SEARCH_HELP = f"订单号、用户编号、{MEMBER_SEARCH_HELP}"
batch_status = chip_column(
    "status",
    "状态",
    {BatchStatus.HELD: "warning", BatchStatus.SETTLED: "success", BatchStatus.REFUNDED: "danger"},
)


def verify_link(draw_id: int) -> SafeString:
    """Return a link to the page on which anybody recomputes a draw."""
    return format_html('<a class="bb-link" href="/verify/{}" target="_blank">验证</a>', draw_id)


def order_link(order_id: int, number: str | None = None) -> SafeString:
    """Return a link to the order that was drawn for, by its number."""
    known = number or order_numbers([order_id]).get(order_id)
    return link(known or str(order_id), "orders.order", order_id)


def what_won(draw: DrawLog) -> SafeString:
    """Return a draw's reward with its picture."""
    bonus = chip("附加", "info") if draw.is_bonus else ""
    reward = draw.reward
    shown = '<span class="bb-won">{} <span><strong>{}</strong> {} {}</span></span>'
    return format_html(shown, picture_of(reward), reward.level, reward.name, bonus)


class LongListAdmin(ReadOnlyAdmin):
    """
    What happened to members, newest first. Reads what a page's rows name by itself: MariaDB starts a join from its few
    activities and sorts the table.
    """

    named: ClassVar[list[str]] = []
    of_order: ClassVar[str] = ""  # where a row has the id of its order
    search_fields: ClassVar[list[str]] = MEMBER_SEARCH
    search_help_text = MEMBER_SEARCH_HELP
    ordering: ClassVar[list[str]] = ["-pk"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The number of an order names its rows; no other search looks for it."""
        order_id = order_id_of(search_term.strip()) if self.of_order else None
        if order_id is None:
            found: tuple[QuerySet[Any], bool] = super().get_search_results(request, queryset, search_term)
            return found
        return queryset.filter(**{self.of_order: order_id}), False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.prefetch_related(*self.named)


@admin.register(DrawLog)
class DrawLogAdmin(LongListAdmin):
    intro = "每一抽的结果，写下后不再改变。点“验证”可以像用户一样重算这一抽。"
    list_display = ["drawn_at", member_link, issue_link, "won", "ticket_no", "state", "verify"]
    list_display_links = ["drawn_at"]
    named = ["issue__activity", "member", "reward"]
    of_order, search_help_text = "batch__order_id", ORDER_SEARCH_HELP
    list_filter = [
        ("issue__activity", AutocompleteSelectFilter),
        ("issue", AutocompleteSelectFilter),
        ("drawn_at", TimeRangeFilter),
        ("is_bonus", YesNoFilter),
        ("refunded", YesNoFilter),
    ]
    fieldsets = [
        (None, {"fields": [("drawn_at", member_link, issue_link), ("won", "state", "verify")]}),
        ("依据", {"fields": [("sale_no", "ticket_no", "roll"), ("order", batch_link, "place", "is_bonus"), "course"]}),
    ]
    readonly_fields = [member_link, issue_link, "won", "state", "verify", "course", "place", "order", batch_link]

    @display("订单")
    def order(self, draw: DrawLog) -> SafeString:
        return order_link(draw.batch.order_id)

    @display("批内序号")
    def place(self, draw: DrawLog) -> int:
        return draw.idx + 1

    @display("奖品")
    def won(self, draw: DrawLog) -> SafeString:
        return what_won(draw)

    @display("状态")
    def state(self, draw: DrawLog) -> SafeString:
        return chip("已退款", "danger") if draw.refunded else chip("有效", "success")

    @display("过程")
    def course(self, draw: DrawLog) -> SafeString | str:
        promised = terms.of_issue(draw.issue_id)
        lines = registry.get(promised.gameplay).story(promised, draw.detail)
        steps = format_html_join("", "<li>{}</li>", ((line,) for line in lines))
        return format_html('<ol class="bb-course">{}</ol>', steps) if lines else "—"

    @display("验证")
    def verify(self, draw: DrawLog) -> SafeString:
        return verify_link(draw.pk)


@admin.register(DrawBatch)
class DrawBatchAdmin(LongListAdmin):
    intro = "一张订单买的若干抽。待支付的批次占用抽数，超时自动释放。"
    list_display = ["created_at", member_link, issue_link, "count", batch_status, "order", "settled_at"]
    list_display_links = ["created_at"]
    named = ["issue__activity", "member"]
    of_order, search_help_text = "order_id", ORDER_SEARCH_HELP
    list_filter = [
        ("status", ChoiceFilter),
        ("issue__activity", AutocompleteSelectFilter),
        ("issue", AutocompleteSelectFilter),
        ("created_at", TimeRangeFilter),
    ]
    search_fields = [*MEMBER_SEARCH, "order_id__exact"]
    fieldsets = [
        (None, {"fields": [(member_link, issue_link, "order"), ("count", batch_status, "created_at")]}),
        ("占用与开奖", {"fields": [("hold_expires_at", "lapsed_at", "settled_at")]}),
        ("依据", {"fields": [("client_nonce", "choice", "day", "first_seq", "player")]}),
    ]
    readonly_fields = [member_link, issue_link, "order", batch_status]

    def rows_of_page(self, rows: Iterable[Any]) -> list[Any]:
        batches = list(rows)
        numbers = order_numbers(batch.order_id for batch in batches)
        for batch in batches:
            batch.order_no = numbers.get(batch.order_id)
        return batches

    @display("订单")
    def order(self, batch: Any) -> SafeString:
        return order_link(batch.order_id, getattr(batch, "order_no", None))


@admin.register(DrawCommitment)
class DrawCommitmentAdmin(ReadOnlyAdmin):
    intro = "公开的承诺日志：每一期、每一天在抽奖之前写下一行，前后相连，只增不改。小程序和验证页读的就是它。"
    list_display = ["seq", "what", "commitment", "published_at"]
    search_fields = ["subject__exact", "commitment__exact"]
    search_help_text = "对象（如 issue:21、day:2026-03-05）或承诺"
    ordering = ["-seq"]
    fields = [("seq", "what", "published_at"), "commitment", "prev_hash", "entry_hash"]
    readonly_fields = ["what"]

    def rows_of_page(self, rows: Iterable[Any]) -> list[Any]:
        lines = list(rows)
        issues = Issue.objects.select_related("activity").in_bulk([i for line in lines if (i := line.issue_id)])
        for line in lines:
            line.issue = issues.get(line.issue_id)
        return lines

    @display("对象", ordering="subject")
    def what(self, line: Any) -> SafeString:
        if line.issue_id is None:
            return coded(f"{line.subject.partition(':')[2]} 当日", line.subject)
        issue = line.issue if hasattr(line, "issue") else Issue.objects.filter(pk=line.issue_id).first()
        return coded(str(issue or line.subject), line.subject)
