"""Whether an issue's draws fit its published odds: a test of what they met before anything took its place."""

from collections.abc import Callable, Sequence

from activities import selectors
from activities.gameplay.base import Terms
from activities.services import chances


def _rolled(promised: Terms, odds: Sequence[int]) -> list[int]:
    """A roll lies in a prize's share, whatever a guarantee or a substitute made of it."""
    return selectors.rolled_shares(promised.issue_id, odds)


def _met(promised: Terms, _odds: Sequence[int]) -> list[int]:
    """A session reached a tier, whatever was given for it, or dealt a first card."""
    return selectors.met_counts(promised.issue_id, [prize.id for prize in promised.prizes])


_SEEN: dict[str, Callable[[Terms, Sequence[int]], list[int]]] = {"pairs": _met, "weighted": _rolled}


def p_value(promised: Terms) -> float | None:
    """Return the chance of a deviation at least as large; None where prizes are not drawn by odds."""
    seen = _SEEN.get(promised.allocator)
    odds = [prize.odds_ppm or 0 for prize in promised.prizes]
    return None if seen is None else chances.p_value(seen(promised, odds), odds)
