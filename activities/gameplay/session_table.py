"""What one draw of the generic tool meets: the prizes of its node, what is left of each, and its odds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from activities.gameplay.base import Prize, Release
from blindbox.common.fairness import PPM, Stream
from blindbox.common.money import split

NOTHING = "none"  # the kind of the empty prize
DYNAMIC, STATIC = "dynamic", "static"


class NoEmptyPrize(RuntimeError):
    """A draw yielded nothing where the terms have no empty prize; opening should have added one."""


@dataclass(frozen=True)
class Hit:
    """What a draw yielded, and the number that decided it; without any chance there is none."""

    prize: Prize
    roll: int | None


@dataclass(frozen=True)
class Table:
    """
    The prizes of a node in the order of the terms, each with q, what is left of it (None is unlimited), and w.

    Static: w is the chance in ppm, the rest of a million is empty, whatever is left. Dynamic: the chance is q·w, the
    empty prize weighs e.
    """

    prizes: Sequence[Prize]
    left: Sequence[int | None]
    weights: Sequence[int]
    chances: Sequence[int]
    empty: int
    nothing: Prize | None

    @property
    def below(self) -> int:
        return sum(self.chances) + self.empty

    def draw(self, stream: Stream) -> Hit:
        """
        Return what a draw yields. Odds are never scaled up: where the prize that was met is not there, its place is
        taken by the declared fallback, else it is nothing.

        :raises NoEmptyPrize: if that is nothing and there is no empty prize
        """
        if not self.below:
            return Hit(self.instead(), None)
        roll = stream.below(self.below)
        met = next((place for place, end in enumerate(accumulate(self.chances)) if roll < end), None)
        if met is None:
            return Hit(self._nothing(), roll)
        return Hit(self.instead() if self.left[met] == 0 else self.prizes[met], roll)

    def instead(self) -> Prize:
        """Return what takes the place of a prize that is not there."""
        offered = zip(self.prizes, self.left, strict=True)
        fallback = next((prize for prize, left in offered if prize.is_fallback and left != 0), None)
        return fallback or self._nothing()

    def _nothing(self) -> Prize:
        if self.nothing is None:
            raise NoEmptyPrize
        return self.nothing


def table(prizes: Sequence[Prize], left: Mapping[int, int], *, probability: str, empty_weight: int) -> Table:
    """Return what a draw meets of these prizes; `left` has the limited ones."""
    real = [prize for prize in prizes if prize.kind != NOTHING]
    nothing = next((prize for prize in prizes if prize.kind == NOTHING), None)
    quantities = [left.get(prize.id, 0) if prize.quantity is not None else None for prize in real]
    if probability == STATIC:
        odds = [prize.odds_ppm or 0 for prize in real]
        return Table(real, quantities, odds, odds, max(PPM - sum(odds), 0), nothing)
    weights = [prize.weight or 0 for prize in real]
    chances = [(q or 0) * w for q, w in zip(quantities, weights, strict=True)]
    return Table(real, quantities, weights, chances, empty_weight, nothing)


def may_be_empty(prizes: Sequence[Prize], *, probability: str, empty_weight: int) -> bool:
    """Tell whether a draw of these prizes may yield nothing, at the start or once something ran out."""
    real = [prize for prize in prizes if prize.kind != NOTHING]
    if any(prize.is_fallback and prize.quantity is None for prize in real):
        return _has_empty_share(real, probability, empty_weight)
    runs_out = probability == DYNAMIC or any(prize.quantity is not None for prize in real)
    return runs_out or _has_empty_share(real, probability, empty_weight)


def _has_empty_share(real: Sequence[Prize], probability: str, empty_weight: int) -> bool:
    if probability == DYNAMIC:
        return empty_weight > 0
    return sum(prize.odds_ppm or 0 for prize in real) < PPM


def everything(prizes: Sequence[Prize]) -> dict[int, int]:
    """Return the stock of a session in which all is released and nothing given."""
    return {prize.id: prize.quantity for prize in prizes if prize.quantity is not None}


def at_opening(prizes: Sequence[Prize], releases: Sequence[Release]) -> dict[int, int]:
    """Return the stock with which a session opens: nothing yet of a prize that has a plan."""
    planned = {release.reward_id for release in releases}
    return {pk: 0 if pk in planned else quantity for pk, quantity in everything(prizes).items()}


def shares(table: Table) -> dict[int, int]:
    """Return what a table's chances come to, a whole together."""
    weights = weights_of(table)
    return dict(zip(weights, split(PPM, [*weights.values()]), strict=True))


def weights_of(table: Table) -> Counter[int]:
    """Return what each prize weighs, never nothing together; what is not there is replaced as in a draw."""
    listed = [*table.prizes, *([table.nothing] if table.nothing else [])]
    weights: Counter[int] = Counter({prize.id: 0 for prize in listed})
    for prize, left, chance in zip(table.prizes, table.left, table.chances, strict=True):
        if chance:
            weights[(table.instead() if left == 0 else prize).id] += chance
    if table.nothing is not None:
        weights[table.nothing.id] += table.empty
    if not any(weights.values()):
        weights[table.instead().id] = 1
    return weights
