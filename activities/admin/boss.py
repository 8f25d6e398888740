"""Boss seasons: set up until they start, watched while they run; who leads, and who got what."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from activities.admin.boss_form import BossPrizeInline, BossSeasonForm
from activities.admin.draws import LongListAdmin, member_link
from activities.boss import seasons, selectors
from activities.enums import SeasonStatus
from activities.models import Activity, BossAward, BossPlayer, BossSeason
from blindbox.common.adminkit import (
    AutocompleteSelectFilter,
    ChoiceFilter,
    TimeRangeFilter,
    Tone,
    chip,
    chip_column,
    display,
    links_column,
    word_filter,
)
from blindbox.system.admin.audited import actor_of
from blindbox.system.admin.serviced import ServicedAdmin

TONES: dict[str, Tone] = {
    SeasonStatus.RUNNING: "success",
    SeasonStatus.DEFEATED: "warning",
    SeasonStatus.ENDED: "warning",
    SeasonStatus.SETTLED: "info",
}
activity_link, season_link = links_column("activity", "活动"), links_column("season", "赛季")
award_chip = chip_column("award", "奖项", {})


def content_of(row: Any) -> str:
    """Return what a prize or an award gives."""
    return str(row.title or row.get_kind_display())


@admin.register(BossSeason)
class BossSeasonAdmin(ServicedAdmin):
    intro = (
        "勾选了“Boss 挑战”的活动可以有赛季：用户抽奖就对 Boss 造成伤害，结束后按排名发奖。"
        "赛季一旦开始就不能再改；击败或到期两分钟后自动结算，奖励随后自动到账。"
    )
    form = BossSeasonForm
    inlines = [BossPrizeInline]
    list_display = ["name", activity_link, "state", "progress", "starts_at", "ends_at", "settled_at"]
    list_filter = [("starts_at", TimeRangeFilter), ("activity", AutocompleteSelectFilter)]
    list_select_related = ["activity"]
    search_fields = ["name", "activity__name", "id__exact"]
    search_help_text = "赛季或活动的名称、编号"
    ordering = ["-pk"]
    fieldsets = [
        (None, {"fields": [("activity", "name"), ("hp", "daily_cap"), ("rule", "factor"), ("starts_at", "ends_at")]})
    ]
    service_fields = ["activity", "name", "hp", "rule", "factor", "daily_cap", "starts_at", "ends_at"]
    readonly_fields = ["state", "progress", "hits", "last_hitter", "defeated_at", "settled_at"]

    def get_fieldsets(self, request: HttpRequest, obj: BossSeason | None = None) -> Any:
        shown = super().get_fieldsets(request, obj)
        if obj is None:
            return shown
        reached = {"fields": [("state", "progress", "hits"), ("last_hitter", "defeated_at", "settled_at")]}
        return [*shown, ("进展", reached)]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "activity":
            kwargs["queryset"] = Activity.objects.filter(is_boss=True).order_by("-pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @display("状态")
    def state(self, season: BossSeason) -> SafeString:
        status = season.status_at(timezone.now())
        return chip(status.label, TONES.get(status, "default"))

    @display("伤害 / 血量")
    def progress(self, season: BossSeason) -> str:
        return f"{season.damage} / {season.hp}"

    @display("最后一击")
    def last_hitter(self, season: BossSeason) -> str:
        member_id = selectors.last_hitter(season)
        return "—" if member_id is None else str(BossPlayer.objects.get(season=season, member_id=member_id).member)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(super().has_change_permission(request, obj)) and _waits(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(super().has_delete_permission(request, obj)) and _waits(obj)

    def get_inline_instances(self, request: HttpRequest, obj: BossSeason | None = None) -> list[Any]:
        """Prizes are typed by who may change the season, and only while it waits."""
        inlines: list[Any] = super().get_inline_instances(request, obj)
        may = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        for inline in inlines:
            inline.has_add_permission = inline.has_change_permission = lambda *_: may
            inline.has_delete_permission = lambda *_: may
        return inlines

    def create(self, request: HttpRequest, values: dict[str, Any], form: Any) -> BossSeason:
        return seasons.create(values=values, actor=actor_of(request), now=timezone.now())

    def change(self, request: HttpRequest, obj: BossSeason, values: dict[str, Any], form: Any) -> None:
        if values:
            seasons.change(season_id=obj.pk, values=values, actor=actor_of(request), now=timezone.now())

    def remove(self, request: HttpRequest, obj: BossSeason) -> None:
        seasons.delete(season_id=obj.pk, actor=actor_of(request), now=timezone.now())

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if formset.has_changed():
            kept = [row for row in formset.forms if row.cleaned_data and row not in formset.deleted_forms]
            prizes = [_prize(row) for row in kept]
            values = {"prizes": prizes}
            seasons.change(season_id=form.instance.pk, values=values, actor=actor_of(request), now=timezone.now())
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []


def _waits(season: BossSeason | None) -> bool:
    return season is None or season.status_at(timezone.now()) == SeasonStatus.WAITING


def _prize(row: Any) -> dict[str, Any]:
    typed: dict[str, Any] = {"kind": row.instance.kind, **row.cleaned_data}
    return {name: typed.get(name) for name in seasons.PRIZE_FIELDS}


@admin.register(BossPlayer)
class BossPlayerAdmin(LongListAdmin):
    intro = "每个赛季的伤害排行，实时。伤害相同的，先达到的在前；再相同的，用户编号小的在前。"
    list_display = ["rank", season_link, member_link, "damage", "hits", "reached_at"]
    list_display_links = None
    sortable_by = ()  # a ranking has one order
    named = ["season", "member"]
    list_filter = [("season", AutocompleteSelectFilter), ("reached_at", TimeRangeFilter)]
    ordering = ["-season", "-damage", "reached_at", "member"]

    def rows_of_page(self, rows: Iterable[Any]) -> list[Any]:
        players = list(rows)
        ranks = selectors.ranks_of(players)
        for player in players:
            player.rank = ranks.get(player.pk)
        return players

    @display("名次")
    def rank(self, player: Any) -> int | None:
        found: int | None = player.rank
        return found


@admin.register(BossAward)
class BossAwardAdmin(LongListAdmin):
    intro = "结算时写下的奖励，每人每种一份。积分直接到账；优惠券和钱包金额到“奖品发放”里看进度。"
    list_display = [season_link, member_link, award_chip, "rank", "damage", "content", "paid"]
    list_display_links = None
    sortable_by = ()
    named = ["season", "member"]
    list_filter = [
        ("season", AutocompleteSelectFilter),
        ("award", ChoiceFilter),
        word_filter(
            "发放",
            "unpaid",
            lambda: [("yes", "待发放"), ("no", "已发放")],
            lambda word: Q(paid_at__isnull=word == "yes"),
        ),
    ]
    ordering = ["-season", "rank", "pk"]

    @display("奖励")
    def content(self, award: BossAward) -> str:
        return content_of(award)

    @display("状态", ordering="paid_at")
    def paid(self, award: BossAward) -> SafeString:
        return chip("已发放", "success") if award.paid_at else chip("待发放", "warning")
