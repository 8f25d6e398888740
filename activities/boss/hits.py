"""
Damage: each settled batch hits once, and a refund takes its hit back: a draw that was given back was no draw.

Draws are the one source so far. Sign-in and missions will call `strike` with a source of their own.

The guard of both is one conditional UPDATE of the season's row, which also decides which hit was the last.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Greatest

from accounts import selectors as accounts
from activities.boss import clawbacks, selectors
from activities.enums import BatchStatus, DamageRule, HitSource
from activities.models import BossHit, BossPlayer, BossSeason, DrawBatch
from blindbox.common.business_day import business_day
from blindbox.common.errors import Conflict
from blindbox.common.retry import TryAgain, in_transaction, refusing_duplicates
from orders import selectors as orders

FEN_PER_DAMAGE = 100


class SeasonOver(Conflict):
    """Never leaves this module: the Boss had fallen, or the season was settled, before this hit was dealt."""

    code, message = "boss.season_over", "赛季已经结束"


@dataclass(frozen=True)
class Blow:
    """What would hit: who, by which event, how hard before the day's cap, and when it was dealt."""

    member_id: int
    source: HitSource
    source_id: int
    damage: int
    at: datetime

    @property
    def day(self) -> date:
        return business_day(self.at)


def of_batch(*, batch_id: int, now: datetime) -> None:
    """
    Let a settled batch hit the Boss of its activity, if one stood there when it was drawn. Minors do not race.

    Runs inside the caller's transaction, so that what it relies on stays as it is.
    """
    batch = DrawBatch.objects.select_related("issue__activity").get(pk=batch_id)
    if not batch.issue.activity.is_boss or batch.settled_at is None:
        return
    season = selectors.season_at(batch.issue.activity_id, batch.settled_at)
    if season is None or accounts.is_minor(batch.member_id, on=business_day(batch.settled_at)):
        return
    blow = Blow(batch.member_id, HitSource.DRAW, batch_id, _damage(season, batch), batch.settled_at)
    try:
        strike(season, blow, now=now)
    except SeasonOver:
        return


def _damage(season: BossSeason, batch: DrawBatch) -> int:
    if not _stays_paid(batch):  # refunded before it could hit
        return 0
    if season.rule == DamageRule.PER_DRAW:
        return season.factor * batch.count
    return orders.order(batch.order_id).paid_fen // FEN_PER_DAMAGE


def _stays_paid(batch: DrawBatch) -> bool:
    """Tell whether a batch is not refunded, and keep it so until commit: a refund then meets the hit and undoes it."""
    settled = DrawBatch.objects.filter(pk=batch.pk, status=BatchStatus.SETTLED)
    return bool(settled.update(status=BatchStatus.SETTLED))


@in_transaction
def strike(season: BossSeason, blow: Blow, *, now: datetime) -> None:
    """
    Count a blow, as far as the day's cap allows.

    :raises SeasonOver: if it was dealt after the Boss fell, or the season is settled
    """
    damage = _take_allowance(season, blow)
    if not damage:
        return
    falls = Q(defeated_at__isnull=True, hp__lte=F("damage") + damage)
    struck = _standing(season, blow.at).update(
        # in this order: MariaDB's later assignments read what the earlier ones wrote
        last_hit_seq=Case(When(falls, then=F("hits") + 1), default=F("last_hit_seq"), output_field=IntegerField()),
        defeated_at=Case(When(falls, then=Value(now)), default=F("defeated_at")),
        damage=F("damage") + damage,
        hits=F("hits") + 1,
    )
    if not struck:
        raise SeasonOver
    _log(season.pk, blow, damage)


def _standing(season: BossSeason, at: datetime) -> "QuerySet[BossSeason]":
    """Return the season's row if what was dealt at that moment counts: what came before the Boss fell does."""
    before_it_fell = Q(defeated_at__isnull=True) | Q(defeated_at__gte=at)
    return BossSeason.objects.filter(before_it_fell, pk=season.pk, settled_at__isnull=True)


def _take_allowance(season: BossSeason, blow: Blow) -> int:
    """Add to the player what the day's cap leaves of a blow, and return how much that was."""
    mine = BossPlayer.objects.filter(season=season, member_id=blow.member_id)
    seen = mine.values_list("hits", flat=True).first()
    damage = min(
        blow.damage, season.daily_cap - (selectors.dealt_on(season.pk, blow.member_id, blow.day) if seen else 0)
    )
    if damage <= 0:
        return 0
    if seen is None:
        with refusing_duplicates(TryAgain):  # another worker's hit of theirs was the first: add to that
            BossPlayer.objects.create(
                season=season, member_id=blow.member_id, damage=damage, hits=1, reached_at=blow.at
            )
        return damage
    moved = mine.filter(hits=seen).update(
        damage=F("damage") + damage, hits=F("hits") + 1, reached_at=Greatest(F("reached_at"), Value(blow.at))
    )
    if not moved:
        raise TryAgain  # another worker counted a hit of theirs since we summed the day up
    return damage


def _log(season_id: int, blow: Blow, damage: int) -> None:
    """Append the hit; the season's row is ours until commit, so it says where this hit ended."""
    seq, after = BossSeason.objects.values_list("hits", "damage").get(pk=season_id)
    BossHit.objects.create(
        season_id=season_id,
        seq=seq,
        member_id=blow.member_id,
        source=blow.source,
        source_id=blow.source_id,
        damage=damage,
        damage_before=after - damage,
        day=blow.day,
        hit_at=blow.at,
    )


def take_back(*, batch_id: int, now: datetime) -> None:
    """Undo what a refunded batch did; a settled season stays as it is and asks its points back."""
    hit = BossHit.objects.select_related("season").filter(source=HitSource.DRAW, source_id=batch_id).first()
    if hit is None:
        return
    if hit.season.settled_at is None:
        _undo(hit, now=now)
    else:
        clawbacks.claw_back(hit, now=now)


@in_transaction
def _undo(hit: BossHit, *, now: datetime) -> None:
    player = BossPlayer.objects.filter(season=hit.season, member_id=hit.member_id)
    player.update(damage=F("damage") - hit.damage, hits=F("hits") + 1)  # theirs until commit: no other hit of theirs
    season = BossSeason.objects.filter(pk=hit.season_id, settled_at__isnull=True)
    if not season.update(damage=F("damage") - hit.damage, hits=F("hits") + 1):
        raise TryAgain  # it was settled since we looked
    blow = Blow(hit.member_id, HitSource.REFUND, hit.source_id, hit.damage, hit.hit_at)
    _log(hit.season_id, blow, -hit.damage)
    player.update(reached_at=selectors.reached_at(hit.season, hit.member_id))
