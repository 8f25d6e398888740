"""D10 of docs/guarantees.md: a Boss falls once, its damage is the sum of its hits, nobody is rewarded twice."""

from collections.abc import Iterable
from typing import Any

from django.db.models import (
    BigIntegerField,
    CharField,
    Count,
    Exists,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    Window,
)
from django.db.models.functions import Cast, Coalesce, Concat

from accounts.enums import PointReason
from accounts.selectors.points import entries_for
from activities.boss.paying import SOURCE
from activities.boss.selectors import standing_hits
from activities.enums import RewardKind
from activities.models import BossAward, BossClawback, BossHit, BossPlayer, BossSeason, PrizeDelivery
from blindbox.common.invariants import invariant

FELL = Q(season__hp__gt=F("damage_before"), season__hp__lte=F("damage_before") + F("damage"))  # never subtract unsigned


def _of(rows: "QuerySet[Any]", key: str, expression: Any) -> Coalesce:
    """Return a subquery that counts or sums rows by a key of the outer row, 0 where there are none."""
    grouped = rows.order_by().values(key).annotate(n=expression).values("n")
    return Coalesce(Subquery(grouped), 0, output_field=BigIntegerField())


@invariant(id="D10", title="Boss 只被击败一次，伤害等于命中之和，每人每种奖励一份")
def a_boss_falls_once() -> Iterable[str]:
    yield from _sums()
    yield from _chain()
    yield from _falls()
    yield from _caps()
    yield from _times()
    yield from _awards()
    yield from _clawbacks()


def _sums() -> Iterable[str]:
    hits, players = BossHit.objects.filter(season=OuterRef("pk")), BossPlayer.objects.filter(season=OuterRef("pk"))
    seasons: Any = BossSeason.objects.annotate(
        n=_of(hits, "season", Count("pk")),
        dealt=_of(hits, "season", Sum("damage")),
        ranked=_of(players, "season", Sum("damage")),
    )
    for each in seasons.exclude(damage=F("dealt"), ranked=F("dealt"), hits=F("n")):
        yield (
            f"赛季 {each.pk}：伤害 {each.damage}，命中合计 {each.dealt}，排行合计 {each.ranked}；"
            f"命中 {each.hits} 次，记录 {each.n} 条"
        )
    own = BossHit.objects.filter(season=OuterRef("season"), member=OuterRef("member"))
    counted: Any = BossPlayer.objects.annotate(
        n=_of(own, "member", Count("pk")), dealt=_of(own, "member", Sum("damage"))
    )
    for player in counted.exclude(damage=F("dealt"), hits=F("n")):
        yield f"赛季 {player.season_id} 用户 {player.member_id}：排行伤害 {player.damage}，命中合计 {player.dealt}"


def _chain() -> Iterable[str]:
    so_far = Window(Sum("damage"), partition_by="season", order_by="seq")
    linked: Any = BossHit.objects.annotate(so_far=so_far).annotate(before=F("so_far") - F("damage"))
    for hit in linked.exclude(damage_before=F("before")):
        yield f"赛季 {hit.season_id} 第 {hit.seq} 次命中：此前伤害记为 {hit.damage_before}，应为 {hit.before}"


def _falls() -> Iterable[str]:
    """The last hit is the first that crossed; a late draw from before the fall may cross again after a refund."""
    crossing = BossHit.objects.filter(FELL, season=OuterRef("pk")).order_by()
    first = Subquery(crossing.values("season").annotate(n=Min("seq")).values("n"))
    seasons: Any = BossSeason.objects.annotate(first=Coalesce(first, 0), last=Coalesce("last_hit_seq", 0))
    for each in seasons.exclude(first=F("last")):
        yield f"赛季 {each.pk}：最后一击记为第 {each.last} 次命中，应为第 {each.first} 次"


def _caps() -> Iterable[str]:
    days = BossHit.objects.order_by().values("season_id", "member_id", "day", "season__daily_cap")
    for row in days.annotate(n=Sum("damage")).filter(n__gt=F("season__daily_cap")):
        yield (
            f"赛季 {row['season_id']} 用户 {row['member_id']}：{row['day']} 伤害 {row['n']}，"
            f"超过每日上限 {row['season__daily_cap']}"
        )


def _times() -> Iterable[str]:
    """Ties go by when the last hit that counts was dealt."""
    mine = standing_hits(season=OuterRef("season"), member=OuterRef("member")).order_by()
    latest = Subquery(mine.values("member").annotate(at=Max("hit_at")).values("at"))
    players: Any = BossPlayer.objects.annotate(due=Coalesce(latest, F("season__starts_at")))
    for player in players.exclude(reached_at=F("due")):
        yield (
            f"赛季 {player.season_id} 用户 {player.member_id}：达成时间记为 {player.reached_at.isoformat()}，"
            f"应为 {player.due.isoformat()}"
        )


def _awards() -> Iterable[str]:
    kinds = BossAward.objects.order_by().values("season_id", "member_id", "award")
    for row in kinds.annotate(n=Count("pk")).filter(n__gt=1):
        yield f"赛季 {row['season_id']} 用户 {row['member_id']}：{row['award']} 发了 {row['n']} 份"
    for award in BossAward.objects.filter(season__settled_at__isnull=True):
        yield f"Boss 发奖 {award.pk}：赛季 {award.season_id} 还没有结算"
    yield from _points()
    yield from _deliveries()


def _points() -> Iterable[str]:
    ref = Concat(Value(f"{SOURCE}:"), Cast("pk", CharField()), output_field=CharField())
    owed = BossAward.objects.filter(kind=RewardKind.POINTS, paid_at__isnull=False).annotate(ref=ref)
    posted = entries_for(PointReason.BOSS_PRIZE)
    mine = posted.filter(ref=OuterRef("ref"), account__member_id=OuterRef("member_id"))
    paid: Any = owed.annotate(posted=Subquery(mine.values("delta")[:1], output_field=BigIntegerField()))
    for award in paid.exclude(posted__isnull=False, posted=F("points")):
        yield f"Boss 发奖 {award.pk}：积分没有入账或数额不符（入账 {award.posted}）"
    for entry in posted.filter(~Exists(owed.filter(ref=OuterRef("ref"), member_id=OuterRef("account__member_id")))):
        yield f"积分流水 {entry.pk}：没有对应的 Boss 发奖"


def _clawbacks() -> Iterable[str]:
    """Points are asked back once they arrived, so that none arrives behind the claw-back's back."""
    unpaid = BossAward.objects.filter(kind=RewardKind.POINTS, paid_at__isnull=True)
    owed = unpaid.filter(season=OuterRef("season"), member=OuterRef("member"))
    for each in BossClawback.objects.filter(Exists(owed)):
        yield f"Boss 积分收回 {each.pk}：赛季 {each.season_id} 用户 {each.member_id} 的积分奖励还没有发放"


def _deliveries() -> Iterable[str]:
    promised = PrizeDelivery.objects.filter(source=SOURCE)
    owed = BossAward.objects.filter(paid_at__isnull=False).exclude(kind=RewardKind.POINTS)
    sent = promised.filter(source_id=OuterRef("pk"), member_id=OuterRef("member_id"), kind=OuterRef("kind"))
    for award in owed.filter(~Exists(sent)):
        yield f"Boss 发奖 {award.pk}：没有发放记录"
    for row in promised.filter(~Exists(owed.filter(pk=OuterRef("source_id")))):
        yield f"发放记录 {row.pk}：没有对应的 Boss 发奖"
