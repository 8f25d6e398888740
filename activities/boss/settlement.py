"""
Settling a season, once: who gets what, written down in one transaction; paying each award follows, each by itself.

It waits for every draw of its activity from before its end that has yet to hit: the outbox knows which those are.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from activities.boss import selectors
from activities.enums import AwardKind, RewardKind
from activities.models import BossAward, BossPlayer, BossPrize, BossSeason, DrawBatch
from blindbox.common.errors import Unavailable
from blindbox.common.retry import in_transaction
from blindbox.system import outbox

logger = logging.getLogger(__name__)

HIT, UNDO = "activities.boss_hit", "activities.boss_undo"  # the subscribers that deal damage and take it back
GRACE = timedelta(minutes=2)  # a draw from before the end may still be in its transaction
AT_ONCE = 500


class DrawsUnderWay(Unavailable):
    """Never leaves the task: a draw from before the end has yet to hit."""

    code, message = "boss.draws_under_way", "还有赛季结束前的抽奖没有计入"


@dataclass(frozen=True)
class Due:
    """What a member gets at settlement."""

    player: BossPlayer
    rank: int
    prize: BossPrize


def due(season: BossSeason) -> Iterator[Due]:
    """Yield what settling now would give, by rank."""
    prizes = list(season.prizes.all())
    ranked = [prize for prize in prizes if prize.award == AwardKind.RANK]
    to_all = [prize for prize in prizes if prize.award == AwardKind.DEFEAT and season.defeated_at is not None]
    to_one = [prize for prize in prizes if prize.award == AwardKind.LAST_HIT]
    last_hitter = selectors.last_hitter(season)
    for rank, player in enumerate(_players(season, everybody=bool(to_all or to_one), ranked=ranked), start=1):
        won = [prize for prize in ranked if (prize.rank_from or 0) <= rank <= (prize.rank_to or 0)]
        last = to_one if player.member_id == last_hitter else []
        yield from (Due(player, rank, prize) for prize in [*won, *to_all, *last])


def _players(season: BossSeason, *, everybody: bool, ranked: Sequence[BossPrize]) -> Iterator[BossPlayer]:
    players = selectors.ranking(season.pk).select_related("member")
    worst = max((prize.rank_to or 0 for prize in ranked), default=0)
    return (players if everybody else players[:worst]).iterator()


def settle_due(*, now: datetime) -> None:
    """Settle every season that is over and whose draws have all hit."""
    for season_id in selectors.to_settle(until=now - GRACE):
        try:
            settle(season_id=season_id, now=now)
        except DrawsUnderWay:
            logger.info("Boss season %s waits for draws from before its end", season_id)
        except Exception:  # whatever is wrong with one keeps no other waiting
            logger.exception("Boss season %s cannot be settled", season_id)


@in_transaction
def settle(*, season_id: int, now: datetime) -> bool:
    """
    Write down who gets what. Return whether it was this call that did.

    :raises DrawsUnderWay: if a draw from before its end has yet to hit
    """
    over = Q(defeated_at__lte=now - GRACE) | Q(ends_at__lte=now - GRACE)
    if not BossSeason.objects.filter(over, pk=season_id, settled_at__isnull=True).update(
        settled_at=now, updated_at=now
    ):
        return False
    season = selectors.season(season_id)  # ours until commit: no hit comes between
    if _draws_under_way(season):
        raise DrawsUnderWay
    awards = [_award(season, each, now) for each in due(season)]
    BossAward.objects.bulk_create(awards, batch_size=AT_ONCE)
    return True


def _draws_under_way(season: BossSeason) -> bool:
    end = min(season.ends_at, season.defeated_at or season.ends_at)
    batches = {payload["batch_id"] for payload in outbox.unheard(subscribers=[HIT, UNDO], until=end)}
    return DrawBatch.objects.filter(pk__in=batches, issue__activity_id=season.activity_id).exists()


def _award(season: BossSeason, won: Due, now: datetime) -> BossAward:
    prize = won.prize
    return BossAward(
        season=season,
        member_id=won.player.member_id,
        award=prize.award,
        rank=won.rank,
        damage=won.player.damage,
        kind=prize.kind,
        title=prize.title or RewardKind(prize.kind).label,
        points=prize.points,
        coupon_id=prize.coupon_id,
        amount_fen=prize.amount_fen,
        created_at=now,
    )
