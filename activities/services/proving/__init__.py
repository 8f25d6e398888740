"""What only one kind of randomness can show for a draw, beside the facts that every proof holds."""

from collections.abc import Callable
from typing import Any

from activities.gameplay.base import Terms
from activities.models import DrawLog, Issue
from activities.services.proving import deck, pairs, s3, weighted
from activities.services.proving.listing import NOTHING, Row

_EVIDENCE: dict[str, Callable[[DrawLog, Terms], dict[str, Any]]] = {
    "deck": deck.evidence,
    "pairs": pairs.evidence,
    "weighted": weighted.evidence,
    "s3": s3.evidence,
}
_LISTED: dict[str, Callable[[Row], dict[str, Any]]] = {
    "pairs": pairs.listed,
    "weighted": weighted.listed,
    "s3": s3.listed,
}


def evidence(log: DrawLog, promised: Terms) -> dict[str, Any]:
    """Return what leads from the commitments to this draw."""
    return _EVIDENCE[promised.allocator](log, promised)


def listed(row: Row, promised: Terms) -> dict[str, Any]:
    """Return what the issue's own list shows of a draw, beside what it shows of every one."""
    show = _LISTED.get(promised.allocator)
    return show(row) if show else NOTHING


def occurrences(issue: Issue, promised: Terms) -> list[dict[str, Any]] | None:
    """Return how far each occurrence of the generic tool has come, where there are such."""
    return s3.occurrences(issue) if promised.allocator == "s3" else None


def releases(issue: Issue, promised: Terms) -> list[dict[str, Any]] | None:
    """Return what came into an issue while it was on sale, where prizes do."""
    return s3.releases(issue) if promised.allocator == "s3" else None
