"""Boss seasons and their leaderboard as plain values."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accounts import selectors as accounts
from activities.api.app.rendering import masked
from activities.boss import selectors
from activities.enums import RewardKind
from activities.models import BossAward, BossPlayer, BossPrize, BossSeason
from blindbox.common.business_day import business_day
from orders.api.app.rendering import moment


def season_body(season: BossSeason, *, now: datetime) -> dict[str, Any]:
    """Return a season as `BossSeasonResponse` declares it; its prizes must be prefetched."""
    status = season.status_at(now)
    return {
        "id": season.pk,
        "name": season.name,
        "status": status,
        "status_label": status.label,
        "hp": season.hp,
        "damage": season.damage,
        "hp_left": season.hp_left,
        "rule": season.rule,
        "rule_label": season.get_rule_display(),
        "factor": season.factor,
        "daily_cap": season.daily_cap,
        "starts_at": moment(season.starts_at),
        "ends_at": moment(season.ends_at),
        "defeated_at": moment(season.defeated_at),
        "settled_at": moment(season.settled_at),
        "prizes": [_prize(prize) for prize in sorted(season.prizes.all(), key=lambda prize: prize.pk)],
    }


def _prize(prize: BossPrize) -> dict[str, Any]:
    named = {name: getattr(prize, name) for name in ("award", "rank_from", "rank_to", "coupon_id", "amount_fen")}
    return {**named, "award_label": prize.get_award_display(), **_worth(prize)}


def _worth(row: BossPrize | BossAward) -> dict[str, Any]:
    label = RewardKind(row.kind).label
    return {"kind": row.kind, "kind_label": label, "title": row.title or label, "points": row.points}


def boss_body(season: BossSeason, *, member_id: int | None, now: datetime) -> dict[str, Any]:
    return {**season_body(season, now=now), "last_hit": _last_hit(season), **_mine(season, member_id, now)}


def _last_hit(season: BossSeason) -> dict[str, Any] | None:
    member_id = selectors.last_hitter(season)
    return None if member_id is None else _cards([member_id])[member_id]


def _mine(season: BossSeason, member_id: int | None, now: datetime) -> dict[str, Any]:
    standing = None if member_id is None else selectors.standing_of(season.pk, member_id)
    if member_id is None or standing is None:
        return {"my_rank": None, "my_damage": 0, "my_damage_today": 0, "my_awards": []}
    return {
        "my_rank": standing.rank,
        "my_damage": standing.player.damage,
        "my_damage_today": selectors.dealt_on(season.pk, member_id, business_day(now)),
        "my_awards": [_award(award) for award in selectors.awards_of(season.pk, member_id)],
    }


def _award(award: BossAward) -> dict[str, Any]:
    said = {"award": award.award, "award_label": award.get_award_display(), "paid_at": moment(award.paid_at)}
    return {**said, **_worth(award)}


def _cards(member_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    cards = accounts.member_names(member_ids)
    return {pk: {"nickname": masked(card.nickname), "avatar_url": card.avatar_url} for pk, card in cards.items()}


def ranks(players: Sequence[BossPlayer], *, first: int, member_id: int | None) -> list[dict[str, Any]]:
    """Return consecutive places of the leaderboard, the first of them of this rank."""
    cards = _cards([player.member_id for player in players])
    return [
        {
            "rank": rank,
            "member": cards[player.member_id],
            "damage": player.damage,
            "reached_at": moment(player.reached_at),
            "is_me": player.member_id == member_id,
        }
        for rank, player in enumerate(players, start=first)
    ]
