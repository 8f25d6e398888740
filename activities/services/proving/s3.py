"""The generic draw tool: where a draw stood in its occurrence, what was left then, and what each prize weighed."""

from datetime import datetime
from typing import Any

from activities.enums import DropStatus
from activities.gameplay.base import Terms
from activities.models import DrawLog, Issue, RewardDrop, SessionScope
from activities.services.proving import days
from activities.services.proving.listing import NOTHING, Row


def evidence(log: DrawLog, _promised: Terms) -> dict[str, Any]:
    """Return the inputs of a draw; its number is the version of the occurrence."""
    shown = days.evidence(log.batch, None)
    return {**shown, "choice": log.batch.choice or None, "roll": log.roll, "session_draw": log.detail}


def listed(row: Row) -> dict[str, Any]:
    """Return a draw's version and all that it met."""
    return {**NOTHING, "player": row.player, "roll": row.roll, "session_draw": row.detail}


def occurrences(issue: Issue) -> list[dict[str, Any]]:
    """Return how far each occurrence has come: every version up to there is a draw or a release."""
    rows = SessionScope.objects.filter(issue=issue).order_by("occurrence").values_list("occurrence", "version")
    return [{"occurrence": occurrence.isoformat(), "version": version} for occurrence, version in rows]


def releases(issue: Issue) -> list[dict[str, Any]]:
    """Return what was released at which version, so that a stranger can replay what was left before each draw."""
    done = RewardDrop.objects.filter(issue=issue, status=DropStatus.DONE).select_related("scope")
    return [
        {
            "occurrence": drop.scope.occurrence.isoformat(),
            "version": drop.version,
            "reward_id": drop.reward_id,
            "quantity": drop.quantity,
            "at": _moment(drop.release_at),
            "released_at": _moment(drop.released_at),
        }
        for drop in done.order_by("scope__occurrence", "version", "reward_id", "release_at")
        if drop.scope is not None
    ]


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
