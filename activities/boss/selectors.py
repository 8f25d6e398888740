"""Seasons, who leads, and what a member did."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from activities import selectors as activities
from activities.enums import HitSource
from activities.errors import BossSeasonNotFound
from activities.models import BossAward, BossHit, BossPlayer, BossSeason


@dataclass(frozen=True)
class Standing:
    """A player's place among the others; ranks are never shared."""

    player: BossPlayer
    rank: int


def seasons() -> "QuerySet[BossSeason]":
    """Return every season, newest first."""
    return BossSeason.objects.select_related("activity").prefetch_related("prizes").order_by("-pk")


def season(season_id: int) -> BossSeason:
    """:raises BossSeasonNotFound: if there is none"""
    found = seasons().filter(pk=season_id).first()
    if found is None:
        raise BossSeasonNotFound
    return found


def season_at(activity_id: int, at: datetime) -> BossSeason | None:
    """Return the season that ran at a moment; where one followed a Boss that fell early, the later."""
    running = BossSeason.objects.filter(activity_id=activity_id, starts_at__lte=at, ends_at__gt=at)
    return running.order_by("-starts_at").first()


def shown_season(activity_id: int, *, now: datetime) -> BossSeason:
    """
    Return the season that members see: the one that runs, else the next, else the last.

    :raises BossSeasonNotFound: if the activity never had one
    """
    mine = seasons().filter(activity_id=activity_id)
    begun = mine.filter(starts_at__lte=now).order_by("-starts_at").first()
    coming = mine.filter(starts_at__gt=now).order_by("starts_at").first()
    found = coming if begun is None or (begun.ends_at <= now and coming is not None) else begun
    if found is None:
        raise BossSeasonNotFound
    return found


def season_on_show(activity_id: int, season_id: int | None, *, now: datetime) -> BossSeason:
    """
    Return a season of an activity that members may see: the one named, else the one that they see now.

    :raises ActivityNotFound: if members cannot see the activity
    :raises BossSeasonNotFound: if it has no such season, or never had one
    """
    activities.require_shown(activity_id)
    if season_id is None:
        return shown_season(activity_id, now=now)
    found = season(season_id)
    if found.activity_id != activity_id:
        raise BossSeasonNotFound
    return found


def season_of_issue(*, activity_id: int, issue_id: int, now: datetime) -> BossSeason:
    """:raises IssueNotFound, ActivityNotFound, BossSeasonNotFound: if there is none that members may see"""
    activities.shown_issue(activity_id=activity_id, issue_id=issue_id)
    return shown_season(activity_id, now=now)


def ranking(season_id: int) -> "QuerySet[BossPlayer]":
    """Return the players by rank: more damage, then reached earlier, then the smaller member id."""
    players = BossPlayer.objects.filter(season_id=season_id, damage__gt=0)
    return players.order_by("-damage", "reached_at", "member_id")


def standing_of(season_id: int, member_id: int) -> Standing | None:
    """Return a member's place, or None if they did nothing yet."""
    mine = ranking(season_id).filter(member_id=member_id).first()
    return None if mine is None else Standing(mine, 1 + _ahead_of(mine).count())


def ranks_of(players: Iterable[BossPlayer]) -> dict[int, int]:
    """Return the places of players by their primary keys, whatever their seasons; who did no damage has none."""
    ahead = _ahead(*map(OuterRef, ("season_id", "damage", "reached_at", "member_id"))).order_by().values("season_id")
    places = 1 + Coalesce(Subquery(ahead.annotate(n=Count("pk")).values("n")), 0)
    shown = BossPlayer.objects.filter(pk__in=[player.pk for player in players], damage__gt=0)
    return dict(shown.annotate(place=places).values_list("pk", "place"))


def _ahead_of(mine: BossPlayer) -> "QuerySet[BossPlayer]":
    return _ahead(mine.season_id, mine.damage, mine.reached_at, mine.member_id)


def _ahead(season_id: Any, damage: Any, reached_at: Any, member_id: Any) -> "QuerySet[BossPlayer]":
    sooner = Q(reached_at__lt=reached_at) | Q(reached_at=reached_at, member_id__lt=member_id)
    ahead = Q(damage__gt=damage) | Q(damage=damage) & sooner
    return BossPlayer.objects.filter(ahead, season_id=season_id)


def to_settle(*, until: datetime) -> Sequence[int]:
    """Return the seasons that were over at a moment and are not settled."""
    over = Q(defeated_at__lte=until) | Q(ends_at__lte=until)
    return list(BossSeason.objects.filter(over, settled_at__isnull=True).order_by("pk").values_list("pk", flat=True))


def overlapping(activity_id: int, starts_at: datetime, ends_at: datetime, *, but: int | None) -> BossSeason | None:
    """Return a season of the activity that shares a moment with this window; one whose Boss fell before is over."""
    same_time = BossSeason.objects.filter(activity_id=activity_id, starts_at__lt=ends_at, ends_at__gt=starts_at)
    return same_time.exclude(pk=but or 0).exclude(defeated_at__lt=starts_at).first()


def last_hitter(found: BossSeason) -> int | None:
    """Return whose hit was the last, unless that draw was refunded since."""
    if found.last_hit_seq is None:
        return None
    hit = standing_hits(season=found).filter(seq=found.last_hit_seq).first()
    return None if hit is None else hit.member_id


def standing_hits(**of: Any) -> "QuerySet[BossHit]":
    """Return the hits of a season that no refund took back."""
    undone = BossHit.objects.filter(source=HitSource.REFUND, source_id=OuterRef("source_id"))
    return BossHit.objects.filter(~Exists(undone), **of).exclude(source=HitSource.REFUND)


def reached_at(found: BossSeason, member_id: int) -> datetime:
    """Return when a member dealt the last of the damage that counts; whoever has none left starts afresh."""
    latest: datetime | None = standing_hits(season=found, member=member_id).aggregate(at=Max("hit_at"))["at"]
    return latest or found.starts_at


def dealt_on(season_id: int, member_id: int, day: date) -> int:
    """Return what a member dealt on a business day, refunds taken off."""
    hits = BossHit.objects.filter(season_id=season_id, member_id=member_id, day=day)
    return hits.aggregate(n=Sum("damage"))["n"] or 0


def awards_of(season_id: int, member_id: int) -> "QuerySet[BossAward]":
    return BossAward.objects.filter(season_id=season_id, member_id=member_id).order_by("pk")
