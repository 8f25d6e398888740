"""The frozen terms: built once when an issue opens, published as text, read back by everybody (docs/fairness.md)."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from activities import selectors
from activities.errors import IssueNotFound, IssueNotOpen
from activities.gameplay import registry
from activities.gameplay.base import Prize, Release, Terms
from activities.models import Issue, Reward, RewardDrop
from activities.services.play_config import config_of
from activities.settings import HOLD_SECONDS
from blindbox.common import fairness
from blindbox.common.once import KeptOnce
from blindbox.system.configs import value_of

VERSION = 1
_OPTIONAL = [
    "amount_fen",
    "coupon_id",
    "node",
    "odds_ppm",
    "points",
    "position_n",
    "product_id",
    "quantity",
    "substitute_id",
    "weight",
]


def prizes_of(rewards: Sequence[Reward]) -> list[Prize]:
    """Return rewards as the rules see them, in the order that the terms list them."""
    return [
        Prize(
            id=reward.pk,
            level=reward.level,
            name=reward.name,
            kind=reward.kind,
            position=reward.position,
            quantity=reward.quantity,
            odds_ppm=reward.odds_ppm,
            points=reward.points,
            product_id=reward.product_id,
            coupon_id=reward.coupon_id,
            amount_fen=reward.amount_fen,
            bundle=tuple((line["product_id"], line["quantity"]) for line in reward.bundle or ()),
            position_n=reward.position_n,
            node=reward.node,
            weight=reward.weight,
            substitute_id=reward.substitute_id,
            is_fallback=reward.is_fallback,
            image_url=reward.image_url,
            reference_value_fen=reward.reference_value_fen,
        )
        for reward in rewards
    ]


def window_of(issue: Issue) -> tuple[datetime, datetime | None]:
    """Return when an issue is on sale: within the activity's window and its own, where it has one."""
    starts_at = max(issue.starts_at or issue.activity.starts_at, issue.activity.starts_at)
    return starts_at, _earliest(issue.ends_at, issue.activity.ends_at)


def build(issue: Issue, prizes: Sequence[Prize], *, hold_seconds: int) -> str:
    """Return the text that opening publishes: everything that affects a result or a price, and no cost."""
    play, config = registry.get(issue.activity.gameplay), config_of(issue)
    offered, own = play.publish(prizes, config.own)
    facts: dict[str, Any] = {
        "algorithm": play.algorithm,
        "config": dict(own),
        "bundle_prices": [{"count": n, "price_fen": fen} for n, fen in sorted(config.bundle_prices.items())],
        "endgame": play.endgame(prizes, largest_order=config.largest_order),
        "gameplay": play.kind,
        "hold_seconds": hold_seconds,
        "issue_id": issue.pk,
        "largest_order": config.largest_order,
        "rewards": [_published(prize) for prize in offered],
        "version": VERSION,
    }
    if config.own.get("pick_number"):
        facts["pick_number"] = True  # what a verifier asks before it expects ticket n to be the n-th sale
    starts_at, ends_at = window_of(issue)
    optional = {
        "ends_at": _moment(ends_at),
        "starts_at": _moment(starts_at),
        "price_fen": issue.activity.price_fen,
        "price_points": issue.activity.price_points,
        "releases": _planned(issue) or None,
        "stops_at_loss": play.total(prizes) is None and selectors.loss_approval(issue.pk) is not None or None,
        "total": play.total(prizes),
    }
    return fairness.terms_text({**facts, **_without_nothing(optional)})


def _planned(issue: Issue) -> list[dict[str, Any]]:
    drops = RewardDrop.objects.filter(issue=issue).order_by("release_at", "reward_id")
    return [{"reward_id": each.reward_id, "at": _moment(each.release_at), "quantity": each.quantity} for each in drops]


def _published(prize: Prize) -> dict[str, Any]:
    required = {"id": prize.id, "kind": prize.kind, "level": prize.level, "name": prize.name}
    optional = {name: getattr(prize, name) for name in _OPTIONAL} | {
        "bundle": [{"product_id": product_id, "quantity": n} for product_id, n in prize.bundle] or None,
        "image_url": prize.image_url or None,
        "is_fallback": prize.is_fallback or None,
    }
    worth = {"position": prize.position, "reference_value_fen": prize.reference_value_fen}
    return {**required, **worth, **_without_nothing(optional)}


def _without_nothing(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value is not None}


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()


def _earliest(*moments: datetime | None) -> datetime | None:
    known = [moment for moment in moments if moment is not None]
    return min(known) if known else None


def _read_one(issue_id: int) -> Terms:
    found = _read_many([issue_id])
    if not found:
        raise IssueNotFound
    return found[issue_id]


def _read_many(issue_ids: Sequence[int]) -> dict[int, Terms]:
    """:raises IssueNotOpen: if one has none yet"""
    columns = ("pk", "terms", "terms_hash", "activity_id", "number", "activity__name")
    found: dict[int, Terms] = {}
    for pk, text, terms_hash, activity_id, number, name in Issue.objects.filter(pk__in=issue_ids).values_list(*columns):
        if not text:
            raise IssueNotOpen
        found[pk] = read(text, terms_hash=terms_hash, activity_id=activity_id, title=f"{name} 第 {number} 期")
    return found


# An opened issue's terms never change, so each process reads them once. IssueNotFound if there is no such issue,
# IssueNotOpen if it has none yet.
of_issue = KeptOnce(_read_one, most=512)


def of_issues(issue_ids: Collection[int]) -> dict[int, Terms]:
    """
    Return the terms of opened issues; with one query those that this process has not read yet.

    :raises IssueNotFound, IssueNotOpen: if one has none
    """
    if unknown := of_issue.unknown(issue_ids):
        of_issue.keep(_read_many(unknown))
    return {issue_id: of_issue(issue_id) for issue_id in issue_ids}


def promised_by(issue: Issue) -> Terms:
    """Return the terms of an opened issue that is at hand, with no query."""
    return read(issue.terms, terms_hash=issue.terms_hash, activity_id=issue.activity_id, title=f"第 {issue.number} 期")


def rehearsed(issue: Issue) -> Terms:
    """
    Return what an issue promises, or would if it were opened as it is now.

    :raises InvalidConfig: if its configuration cannot be played
    """
    if issue.terms:
        return promised_by(issue)
    return read(_drafted(issue), terms_hash="", activity_id=issue.activity_id, title=str(issue))


def draft_hash(issue: Issue) -> str:
    """
    Return what tells two states of a draft apart: the hash of the terms that it would be opened with.

    :raises InvalidConfig: if its configuration cannot be played
    """
    return fairness.terms_hash(_drafted(issue))


def _drafted(issue: Issue) -> str:
    prizes = prizes_of(list(Reward.objects.filter(issue=issue).order_by("sort", "pk")))
    implied = registry.get(issue.activity.gameplay).implied(prizes, config_of(issue).own)
    return build(issue, [*prizes, *implied], hold_seconds=value_of(HOLD_SECONDS))


def read(text: str, *, terms_hash: str, activity_id: int, title: str) -> Terms:
    """Return published terms as values."""
    facts = json.loads(text)
    prizes = [_prize(each) for each in facts["rewards"]]
    return Terms(
        issue_id=facts["issue_id"],
        activity_id=activity_id,
        title=title,
        gameplay=facts["gameplay"],
        algorithm=facts["algorithm"],
        price_fen=facts.get("price_fen"),
        price_points=facts.get("price_points"),
        bundle_prices={each["count"]: each["price_fen"] for each in facts["bundle_prices"]},
        total=facts.get("total"),
        endgame=facts["endgame"],
        hold_seconds=facts["hold_seconds"],
        largest_order=facts["largest_order"],
        starts_at=datetime.fromisoformat(facts["starts_at"]),
        ends_at=datetime.fromisoformat(facts["ends_at"]) if "ends_at" in facts else None,
        prizes=prizes,
        config=facts.get("config", {}),
        releases=[_release(each) for each in facts.get("releases", ())],
        stops_at_loss=facts.get("stops_at_loss", False),
        terms_hash=terms_hash,
        prize_by_id={prize.id: prize for prize in prizes},
    )


def _release(facts: Mapping[str, Any]) -> Release:
    return Release(facts["reward_id"], datetime.fromisoformat(facts["at"]), facts["quantity"])


def _prize(facts: Mapping[str, Any]) -> Prize:
    optional = {name: facts.get(name) for name in _OPTIONAL}
    return Prize(
        id=facts["id"],
        level=facts["level"],
        name=facts["name"],
        kind=facts["kind"],
        position=facts["position"],
        image_url=facts.get("image_url", ""),
        bundle=tuple((line["product_id"], line["quantity"]) for line in facts.get("bundle", ())),
        is_fallback=facts.get("is_fallback", False),
        reference_value_fen=facts["reference_value_fen"],
        **optional,
    )
