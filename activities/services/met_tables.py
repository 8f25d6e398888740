"""
What draws of the generic tool met, each its own table: how often each prize was to be expected, and came.

The odds follow the stock, so they are added up draw by draw from what was recorded (docs/fairness.md).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from activities import selectors
from activities.gameplay import registry
from activities.gameplay.base import Terms
from activities.gameplay.session_table import weights_of
from activities.gameplay.sessions import Node, SessionPlay
from activities.services import chances
from blindbox.common.money import PPM

Place = tuple[Node, tuple[int, ...], tuple[int | None, ...]]  # a node, its prizes, what was left of each
Expected = dict[int, float]


class MetTables:
    """Draws, counted by what they met and by what they yielded."""

    def __init__(self, promised: Terms) -> None:
        self._promised = promised
        self._yields: dict[Place, Counter[int]] = defaultdict(Counter)

    def see(self, reward_id: int, detail: Mapping[str, Any]) -> None:
        self._yields[detail["node"], tuple(detail["rewards"]), tuple(detail["q"])][reward_id] += 1

    def p_value(self) -> float | None:
        """
        Return the chance that honest draws miss their own odds by as much: none at all where a prize came that could
        not; None where nothing can be said yet.
        """
        due: dict[Node, Expected] = defaultdict(dict)
        came: dict[Node, Counter[int]] = defaultdict(Counter)
        for place, yielded in self._yields.items():
            shares = self._shares(place)
            if any(not shares.get(reward_id) for reward_id in yielded):
                return 0.0
            came[place[0]].update(yielded)
            _add(due[place[0]], shares, times=yielded.total())
        return chances.p_of_expected(_cells(came[node], due[node]) for node in due)

    def odds_ppm(self) -> dict[int, int]:
        """Return the mean of the odds that the draws met, in ppm; empty before the first."""
        due: Expected = {}
        for place, yielded in self._yields.items():
            _add(due, self._shares(place), times=yielded.total())
        draws = sum(yielded.total() for yielded in self._yields.values())
        return {reward_id: round(n * PPM / draws) for reward_id, n in due.items()}

    def _shares(self, place: Place) -> dict[int, float]:
        """Return the chance of each prize in what a draw met, of a whole together."""
        (node, rewards, left), terms = place, self._promised
        play = registry.get(terms.gameplay)
        assert isinstance(play, SessionPlay)
        stock = {pk: n for pk, n in zip(rewards, left, strict=True) if n is not None}
        weights = weights_of(play.table_at(terms.prizes, terms.config, node, stock))
        return {reward_id: weight / weights.total() for reward_id, weight in weights.items()}


def _add(due: Expected, shares: Mapping[int, float], *, times: int) -> None:
    for reward_id, share in shares.items():
        due[reward_id] = due.get(reward_id, 0.0) + times * share


def _cells(came: Counter[int], due: Expected) -> Sequence[tuple[int, float]]:
    return [(came[reward_id], expected) for reward_id, expected in due.items()]


def of_issue(promised: Terms) -> MetTables:
    """Return what the draws of an issue met."""
    met = MetTables(promised)
    for reward_id, detail in selectors.own_draws(promised.issue_id).values_list("reward_id", "detail").iterator():
        met.see(reward_id, detail or {})
    return met
