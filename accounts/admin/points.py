from collections.abc import Callable

from django.contrib import admin
from django.utils.safestring import SafeString

from accounts.enums import PointReason
from accounts.models import PointEntry
from blindbox.common.adminkit import (
    NOTHING,
    AutocompleteSelectFilter,
    ChoiceFilter,
    ReadOnlyAdmin,
    TimeRangeFilter,
    display,
    link,
    points_column,
    word_filter,
)

REASONS = dict(PointReason.choices)
Event = Callable[[str], SafeString | str | None]
_events: dict[str, list[Event]] = {}


def tells_of(*reasons: PointReason) -> Callable[[Event], Event]:
    """Register who reads the references of a reason, and returns nothing for one that is not theirs."""

    def decorate(event: Event) -> Event:
        for reason in reasons:
            _events.setdefault(reason, []).append(event)
        return event

    return decorate


@tells_of(PointReason.INVITE)
def invited(ref: str) -> SafeString | None:
    number = ref.removeprefix("invite:")
    return link(f"邀请 {number}", "accounts.invite", int(number)) if number.isdecimal() else None


@tells_of(PointReason.GRANT)
def granted(ref: str) -> str:
    return NOTHING  # the digest of a key says nothing to anybody; the note does


@tells_of(PointReason.EXPIRY)
def expired(ref: str) -> str:
    return NOTHING  # the note says it


def reason_label(entry: PointEntry) -> str:
    """Return why points moved, in Chinese."""
    return str(REASONS.get(entry.reason, entry.reason))


def event_of(entry: PointEntry) -> SafeString | str:
    """Return what moved the points, with a link to it where somebody knows its reference."""
    told = (event(entry.ref) for event in _events.get(entry.reason, []))
    return next((each for each in told if each is not None), entry.ref)


@admin.register(PointEntry)
class PointEntryAdmin(ReadOnlyAdmin):
    intro = "积分流水只增不改，每一笔都有变动后余额。给用户加减积分请到用户页面点“发放积分”。"
    list_display = ["occurred_at", "member", points_column("delta", "变动"), "balance_after", "why", "event", "note"]
    list_display_links = None
    list_filter = [
        word_filter("原因", "reason", lambda: PointReason.choices),
        ("account__kind", ChoiceFilter),
        ("account__member", AutocompleteSelectFilter),
        ("occurred_at", TimeRangeFilter),
    ]
    search_fields = ["account__member__nickname", "account__member__phone__known", "ref__exact"]
    search_help_text = "昵称、手机号或末四位或业务编号"
    list_select_related = ["account__member"]
    ordering = ["-pk"]

    fieldsets = [
        (None, {"fields": [("occurred_at", "member", "kind"), ("why", "delta", "balance_after"), ("event", "note")]}),
        ("账本", {"fields": [("seq", "ref")]}),
    ]
    readonly_fields = ["member", "kind", "why", "event"]

    @display("业务")
    def event(self, entry: PointEntry) -> SafeString | str:
        return event_of(entry)

    @display("种类")
    def kind(self, entry: PointEntry) -> str:
        return entry.account.get_kind_display()

    @display("用户")
    def member(self, entry: PointEntry) -> str:
        return link(str(entry.account.member), "accounts.member", entry.account.member_id)

    @display("原因", ordering="reason")
    def why(self, entry: PointEntry) -> str:
        return reason_label(entry)
