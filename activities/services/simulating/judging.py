"""
Whether rehearsed draws fit what the terms promise: a test of independent draws.

What a guarantee or a substitute made of a roll, and the further cards of a session, follow from other draws; so what is
counted is the roll itself, and the first card, as for real draws (activities/services/frequencies.py).
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from activities.gameplay.base import Prize, Result, Terms
from activities.services import chances
from activities.services.met_tables import MetTables
from activities.services.simulating.rehearsals import odds_of
from blindbox.common import fairness


class Judge(ABC):
    """Sees the own result of each draw; says which odds it was held to, and how well it fits."""

    def __init__(self, promised: Terms) -> None:
        self.promised = promised

    @abstractmethod
    def see(self, result: Result) -> None: ...

    @abstractmethod
    def p_value(self) -> float | None: ...

    def odds_ppm(self) -> Mapping[int, int]:
        return odds_of(self.promised)


class _Counting(Judge):
    """Counts prizes against weights that stay the same."""

    def __init__(self, promised: Terms) -> None:
        super().__init__(promised)
        self._seen: Counter[int] = Counter()

    @property
    def prizes(self) -> Sequence[Prize]:
        return [prize for prize in self.promised.prizes if prize.position == "ticket"]

    def see(self, result: Result) -> None:
        self._seen[self.met(result)] += 1

    def met(self, result: Result) -> int:
        return result.reward_id

    def weight(self, prize: Prize) -> int:
        return prize.odds_ppm or 0

    def p_value(self) -> float | None:
        seen, weights = [self._seen[prize.id] for prize in self.prizes], [self.weight(each) for each in self.prizes]
        return chances.p_value(seen, weights)


class _Tickets(_Counting):
    def weight(self, prize: Prize) -> int:
        return prize.quantity or 0


class _Rolls(_Counting):
    def met(self, result: Result) -> int:
        return fairness.pick([(prize.id, prize.odds_ppm or 0) for prize in self.prizes], result.roll or 0)


class _Cards(_Counting):
    def met(self, result: Result) -> int:
        return int((result.detail or {}).get("substituted_for", result.reward_id))


class _Tables(Judge):
    """Each draw of the generic tool is held to what it met."""

    def __init__(self, promised: Terms) -> None:
        super().__init__(promised)
        self._met = MetTables(promised)

    def see(self, result: Result) -> None:
        self._met.see(result.reward_id, result.detail or {})

    def p_value(self) -> float | None:
        return self._met.p_value()

    def odds_ppm(self) -> Mapping[int, int]:
        return self._met.odds_ppm()


_JUDGES: Mapping[str, Callable[[Terms], Judge]] = {"deck": _Tickets, "pairs": _Cards, "s3": _Tables, "weighted": _Rolls}


def of(promised: Terms) -> Judge:
    """Return what judges rehearsed draws of these terms."""
    return _JUDGES[promised.allocator](promised)
