"""Activities, issues and draws as plain values."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.selectors import MemberCard
from activities.enums import ActivityStatus, IssueStatus, Position, RewardKind
from activities.gameplay import registry
from activities.gameplay.base import Terms
from activities.models import Activity, DrawLog, Issue
from activities.services import box_locks, box_turns, guarantees, odds, terms
from activities.services.box_locks import Lock
from activities.services.guarantees import Standing
from activities.services.odds import Offer
from catalog import selectors as catalog
from catalog.selectors import ProductCard
from orders.api.app.rendering import moment

BOSS_MARK = "Boss 挑战"


def activity_body(activity: Activity) -> dict[str, Any]:
    """
    Return an activity as `ActivityResponse` declares it; its open issues must be prefetched.

    Price and times are what a buyer meets now: an open issue keeps those it opened with.
    """
    issues: Sequence[Issue] = activity.open_issues  # type: ignore[attr-defined]  # to_attr of the selector's prefetch
    sold = terms.promised_by(issues[0]) if issues else activity
    return {
        "id": activity.pk,
        "name": activity.name,
        "category": {"id": activity.category.pk, "name": activity.category.name},
        "gameplay": activity.gameplay,
        "gameplay_label": registry.label(activity.gameplay),
        "is_boss": activity.is_boss,
        "tags": tags_of(activity),
        "cover_url": activity.cover_url,
        "price_fen": sold.price_fen,
        "price_points": sold.price_points,
        "status": activity.status,
        "status_label": ActivityStatus(activity.status).label,
        "starts_at": moment(sold.starts_at),
        "ends_at": moment(sold.ends_at),
        "current_issue": _current(issues[0]) if issues else None,
    }


def tags_of(activity: Activity) -> list[str]:
    """Return what an activity is marked with: its gameplay, whether it has a Boss, and what the operator added."""
    marks = [registry.label(activity.gameplay), *([BOSS_MARK] if activity.is_boss else [])]
    return list(dict.fromkeys([*marks, *activity.tags]))


def _current(issue: Issue) -> dict[str, Any]:
    counter = issue.counter
    return {"id": issue.pk, "number": issue.number, "total": counter.total, "remaining": counter.remaining}


def activities_body(activities: Sequence[Activity]) -> list[dict[str, Any]]:
    return [activity_body(activity) for activity in activities]


def activity_detail(activity: Activity, *, member_id: int | None, now: datetime) -> dict[str, Any]:
    """Return an activity with the issues that it offers, their odds and their terms."""
    issues: Sequence[Issue] = activity.open_issues  # type: ignore[attr-defined]
    return {
        **activity_body(activity),
        "serial_no": activity.serial_no,
        "description": activity.description,
        "rules": activity.rules,
        "issues": _open_issues(issues, member_id, now),
    }


def _open_issues(issues: Sequence[Issue], member_id: int | None, now: datetime) -> list[dict[str, Any]]:
    offers, promised = odds.offers_of(issues), {issue.pk: terms.promised_by(issue) for issue in issues}
    standings = guarantees.standings(list(promised.values()), member_id)
    locks = box_locks.all_seen_by(member_id, list(promised.values()), now=now)
    return [
        {
            **issue_body(issue),
            "rewards": offer_bodies(
                offers[issue.pk], promised[issue.pk], standings.get(issue.pk), member=member_id is not None
            ),
            "guarantee": guarantee_body(standings.get(issue.pk)),
            "terms": _terms(promised[issue.pk]),
            "lock": lock_body(locks.get(issue.pk)),
        }
        for issue in issues
    ]


def guarantee_body(standing: Standing | None) -> dict[str, Any] | None:
    """Return what an issue guarantees, and how far somebody's draws are from it."""
    if standing is None:
        return None
    rule = standing.rule
    known = {"misses": standing.misses, "remaining": standing.remaining}
    return {"levels": list(rule.levels), "within": rule.within, **known}


def lock_body(lock: Lock | None) -> dict[str, Any] | None:
    """Return the queue for a whole box, nothing where it cannot be locked."""
    if lock is None:
        return None
    return {
        "state": lock.state,
        "state_label": lock.state.label,
        "position": lock.position,
        "until": moment(lock.until),
        "queue_length": lock.queue_length,
        "seconds": lock.seconds,
    }


def _terms(promised: Terms) -> dict[str, Any]:
    values = [prize.reference_value_fen for prize in promised.prizes]
    return {
        "price_fen": promised.price_fen,
        "price_points": promised.price_points,
        "bundle_prices": [{"count": n, "price_fen": fen} for n, fen in promised.bundle_prices.items()],
        "largest_order": promised.largest_order,
        "hold_seconds": promised.hold_seconds,
        "pick_number": promised.picks_numbers,
        "box_lock_seconds": box_turns.seconds_of(promised),
        "buy_out": _buy_out(promised),
        "lowest_value_fen": min(values),
        "highest_value_fen": max(values),
        "config": dict(promised.config),
        "terms_hash": promised.terms_hash,
    }


def _buy_out(promised: Terms) -> dict[str, int] | None:
    if "buy_out" not in registry.get(promised.gameplay).options(promised.config):
        return None
    return {"discount_ppm": 0, "after_sold_percent": 0, **promised.buy_out}


def issue_body(issue: Issue, *, revealed: str | None = None) -> dict[str, Any]:
    counter = issue.counter
    return {
        "id": issue.pk,
        "number": issue.number,
        "status": counter.status,
        "status_label": issue.status_label(now=timezone.now()),
        "total": counter.total,
        "sold": counter.sold,
        "remaining": counter.remaining,
        "is_paused": counter.status == IssueStatus.OPEN and counter.cap_left == 0,
        "commitment": issue.commitment or None,
        "terms_hash": issue.terms_hash or None,
        "revealed_secret": revealed,
        "starts_at": moment(issue.starts_at),
        "ends_at": moment(issue.ends_at),
        "opened_at": moment(issue.opened_at),
        "closed_at": moment(issue.closed_at),
    }


def offer_bodies(
    offers: Sequence[Offer], promised: Terms, standing: Standing | None, *, member: bool
) -> list[dict[str, Any]]:
    """Return rewards as `RewardResponse` declares them; what bundles hold is looked up for all of them at once."""
    overall = standing.rule.overall_ppm(promised.prizes) if standing else {}
    mine = standing.next_odds(promised.prizes) if standing else {}
    inside = {line["product_id"] for offer in offers for line in offer.reward.bundle or ()}
    cards = catalog.products_by_ids(inside) if inside else {}
    return [
        {
            **_offer_body(offer, cards),
            "overall_odds_ppm": overall.get(offer.reward.pk),
            "your_odds_ppm": mine.get(offer.reward.pk, offer.odds_ppm) if member else None,
        }
        for offer in offers
    ]


def _offer_body(offer: Offer, cards: Mapping[int, ProductCard]) -> dict[str, Any]:
    reward = offer.reward
    return {
        "id": reward.pk,
        "level": reward.level,
        "name": reward.name,
        "image_url": reward.image_url,
        "kind": reward.kind,
        "kind_label": RewardKind(reward.kind).label,
        "position": reward.position,
        "position_label": Position(reward.position).label,
        "position_n": reward.position_n,
        "bundle": None if reward.bundle is None else [_line(line, cards) for line in reward.bundle],
        "points": reward.points,
        "node": reward.node,
        "quantity": reward.quantity,
        "remaining": offer.remaining,
        "odds_ppm": offer.odds_ppm,
        "initial_odds_ppm": offer.initial_odds_ppm,
        "reference_value_fen": reward.reference_value_fen,
    }


def _line(line: Mapping[str, int], cards: Mapping[int, ProductCard]) -> dict[str, Any]:
    card = cards[line["product_id"]]
    return {"product_id": card.id, "name": card.name, "image_url": card.image_url, "quantity": line["quantity"]}


def _reward(log: DrawLog) -> dict[str, Any]:
    reward = log.reward
    return {"id": reward.pk, "level": reward.level, "name": reward.name, "image_url": reward.image_url}


def masked(nickname: str) -> str:
    """Return a name that its owner recognises and nobody else."""
    return f"{nickname[0]}***" if nickname else "***"


def public_logs(logs: Sequence[DrawLog], members: Mapping[int, MemberCard]) -> list[dict[str, Any]]:
    return [_public_log(log, members[log.member_id]) for log in logs]


def _public_log(log: DrawLog, member: MemberCard) -> dict[str, Any]:
    return {
        "id": log.pk,
        "member": {"nickname": masked(member.nickname), "avatar_url": member.avatar_url},
        "reward": _reward(log),
        "ticket_no": log.ticket_no,
        "is_bonus": log.is_bonus,
        "drawn_at": moment(log.drawn_at),
    }


def my_logs(logs: Sequence[DrawLog]) -> list[dict[str, Any]]:
    promised = terms.of_issues({log.issue_id for log in logs})
    return [_my_log(log, log.issue, promised[log.issue_id]) for log in logs]


def _my_log(log: DrawLog, issue: Issue, promised: Terms) -> dict[str, Any]:
    return {
        "id": log.pk,
        "activity_id": issue.activity_id,
        "activity_name": issue.activity.name,
        "issue_id": issue.pk,
        "issue_number": issue.number,
        "reward": _reward(log),
        "ticket_no": log.ticket_no,
        "prize_index": registry.prize_index(promised, log.reward_id),
        "is_bonus": log.is_bonus,
        "refunded": log.refunded,
        "drawn_at": moment(log.drawn_at),
    }
