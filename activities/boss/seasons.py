"""Setting seasons up. Once one has started it is frozen: what it promised is what it gives."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from activities.boss import selectors
from activities.enums import AwardKind, DamageRule, RewardKind
from activities.errors import BossSeasonFrozen, BossSeasonOverlaps
from activities.models import BossPrize, BossSeason
from activities.models.boss import GIVES
from activities.services import configuring
from activities.services.prizes import issuers
from activities.services.prizes.issuers import Gift
from blindbox.common.errors import Invalid
from blindbox.common.retry import in_transaction
from blindbox.system import audit

SEASON = "BossSeason"
FIELDS = ["activity_id", "name", "hp", "rule", "factor", "daily_cap", "starts_at", "ends_at"]
PRIZE_FIELDS = ["award", "rank_from", "rank_to", "kind", "title", "points", "coupon_id", "amount_fen"]
MOST_PRIZES, WORST_RANK = 50, 10_000
Values = Mapping[str, Any]


@in_transaction
def create(*, values: Values, actor: audit.Actor, now: datetime) -> BossSeason:
    """
    Announce a season with its prizes.

    :raises ActivityNotFound: if there is no such activity
    :raises Invalid: naming what does not fit
    :raises BossSeasonOverlaps: if another season of the activity shares a moment with it
    """
    wanted = dict(values)
    prizes = wanted.pop("prizes", [])
    _check(wanted, prizes, but=None, now=now)
    season = BossSeason.objects.create(**wanted, created_at=now, updated_at=now)
    _write_prizes(season, prizes)
    _note("创建 Boss 赛季", season, {}, actor, now)
    return season


@in_transaction
def change(*, season_id: int, values: Values, actor: audit.Actor, now: datetime) -> BossSeason:
    """
    Change what is given, until the season starts; prizes are replaced as a whole.

    :raises BossSeasonNotFound: if there is none
    :raises BossSeasonFrozen: if it has started
    :raises Invalid, BossSeasonOverlaps, ActivityNotFound: as `create` does
    """
    season = _take(season_id, now=now)
    before = snapshot(season)
    wanted = {name: getattr(season, name) for name in FIELDS} | dict(values)
    prizes = wanted.pop("prizes", before["prizes"])
    _check(wanted, prizes, but=season_id, now=now)
    BossSeason.objects.filter(pk=season_id).update(**wanted, updated_at=now)
    if "prizes" in values:
        season.prizes.all().delete()
        _write_prizes(season, prizes)
    season = selectors.season(season_id)
    _note("修改 Boss 赛季", season, before, actor, now)
    return season


@in_transaction
def delete(*, season_id: int, actor: audit.Actor, now: datetime) -> None:
    """
    Call a season off before it starts.

    :raises BossSeasonNotFound, BossSeasonFrozen: as `change` does
    """
    season = _take(season_id, now=now)
    change = audit.Change("删除 Boss 赛季", SEASON, season_id, season.name, snapshot(season))
    season.delete()
    audit.record(change, actor=actor, now=now)


def _take(season_id: int, *, now: datetime) -> BossSeason:
    """Take the row while it has not started."""
    waiting = BossSeason.objects.filter(pk=season_id, starts_at__gt=now, hits=0)
    taken = waiting.update(updated_at=now)
    season = selectors.season(season_id)
    if not taken:
        raise BossSeasonFrozen
    return season


def _write_prizes(season: BossSeason, prizes: Sequence[Values]) -> None:
    rows = [BossPrize(season=season, **{name: prize.get(name) for name in PRIZE_FIELDS}) for prize in prizes]
    for row in rows:
        row.title = row.title or _title(row)
    BossPrize.objects.bulk_create(rows)


def _title(prize: BossPrize) -> str:
    return f"{prize.points} 积分" if prize.kind == RewardKind.POINTS else str(RewardKind(prize.kind).label)


def snapshot(season: BossSeason) -> dict[str, Any]:
    """Return a season as the log keeps it, prizes and all."""
    prizes = season.prizes.order_by("pk").values(*PRIZE_FIELDS)
    return {**audit.snapshot(season, FIELDS), "prizes": list(prizes)}


def _note(action: str, season: BossSeason, before: dict[str, Any], actor: audit.Actor, now: datetime) -> None:
    change = audit.Change(action, SEASON, season.pk, season.name, before, snapshot(season))
    audit.record(change, actor=actor, now=now)


def _check(wanted: Values, prizes: Sequence[Values], *, but: int | None, now: datetime) -> None:
    activity = configuring.take_activity(wanted["activity_id"])  # seasons of one activity are made one by one
    if not activity.is_boss:
        raise Invalid.field("activity_id", "活动没有勾选“Boss 挑战”")
    if wanted["starts_at"] < now:
        raise Invalid.field("starts_at", "开始时间不能早于现在")
    if wanted["ends_at"] <= wanted["starts_at"]:
        raise Invalid.field("ends_at", "结束时间必须晚于开始时间")
    if wanted.get("rule") == DamageRule.PER_YUAN and activity.price_fen is None:
        raise Invalid.field("rule", "活动没有现金价格，不能按实付金额计伤害")
    _check_prizes(prizes)
    other = selectors.overlapping(activity.pk, wanted["starts_at"], wanted["ends_at"], but=but)
    if other is not None:
        raise BossSeasonOverlaps(name=other.name)


def _check_prizes(prizes: Sequence[Values]) -> None:
    if len(prizes) > MOST_PRIZES:
        raise Invalid.field("prizes", f"最多 {MOST_PRIZES} 行奖励")
    for place, prize in enumerate(prizes):
        problem = _ranks_problem(prize) or _content_problem(prize)
        if problem:
            raise Invalid.field(f"prizes.{place}", problem)
    alone = [prize["award"] for prize in prizes if prize["award"] != AwardKind.RANK]
    if len(set(alone)) < len(alone):
        raise Invalid.field("prizes", "击败奖和最后一击各最多一行")
    spans = sorted((p["rank_from"], p["rank_to"]) for p in prizes if p["award"] == AwardKind.RANK)
    if any(later[0] <= earlier[1] for earlier, later in zip(spans, spans[1:], strict=False)):
        raise Invalid.field("prizes", "排名奖的名次不能重叠")


def _ranks_problem(prize: Values) -> str | None:
    first, last = prize.get("rank_from"), prize.get("rank_to")
    if prize["award"] != AwardKind.RANK:
        return None if first is None and last is None else "只有排名奖填名次"
    fits = first is not None and last is not None and 1 <= first <= last <= WORST_RANK
    return None if fits else f"排名奖要填名次：从 1 起，不超过 {WORST_RANK}，“到”不小于“从”"


def _content_problem(prize: Values) -> str | None:
    kind = prize["kind"]
    if kind not in GIVES:
        return "Boss 奖励只能是积分、优惠券或钱包金额"
    if any(bool(prize.get(name)) != (name == GIVES[kind]) for name in GIVES.values()):
        return f"{RewardKind(kind).label}奖励只填对应的一项内容"
    if kind == RewardKind.POINTS:
        return None
    gift = Gift(RewardKind(kind), prize.get("title") or "", prize.get("coupon_id"), prize.get("amount_fen"))
    return issuers.problem_of(gift)
