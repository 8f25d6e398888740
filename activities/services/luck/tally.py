"""
How far a member's prizes lie above what was to be expected, and how likely honest chance does that.

Before each draw its mean and variance are known from what was left. The differences to the mean add up to 0 on the
average, and their variances add up, however a member chooses when to buy: that is what makes the sum comparable.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

SIGMAS = 5.0
RARE = 2.9e-7  # how likely a normal variable lies five standard deviations above its mean


class Moments(Protocol):
    """What a draw could bring, before it is made."""

    @property
    def mean(self) -> float: ...
    @property
    def variance(self) -> float: ...
    @property
    def most(self) -> float: ...


@dataclass(frozen=True)
class Outlook:
    """Mean, variance and the highest value of one draw."""

    mean: float
    variance: float
    most: float


def outlook(values: Iterable[tuple[int, float]]) -> Outlook:
    """Return the outlook of values with their weights."""
    weighed = [(value, weight) for value, weight in values if weight > 0]
    whole = sum(weight for _, weight in weighed)
    mean = math.fsum(value * weight for value, weight in weighed) / whole
    variance = math.fsum((value - mean) ** 2 * weight for value, weight in weighed) / whole
    return Outlook(mean, variance, max(value for value, _ in weighed))


@dataclass
class Tally:
    """Draws of one member added up. `reach` is the most that any one of them could have brought above its mean."""

    draws: int = 0
    surprise: float = 0.0
    variance: float = 0.0
    reach: float = 0.0

    def add(self, value: float, before: Moments, *, times: int = 1) -> None:
        self.draws += times
        self.surprise += (value - before.mean) * times
        self.variance += before.variance * times
        self.reach = max(self.reach, before.most - before.mean)

    @property
    def z(self) -> float:
        """Standard deviations above the mean; 0 where nothing was left to chance."""
        return self.surprise / math.sqrt(self.variance) if self.variance > 0 else 0.0

    @property
    def chance(self) -> float:
        """
        Return the most that honest chance lends to a surprise this large (Bennett's inequality).

        A normal bound would accuse whoever wins one rare prize early: a single hit of 0.5 % is 14 deviations.
        """
        if self.surprise <= 0 or self.variance <= 0 or self.reach <= 0:
            return 1.0
        scaled = self.surprise * self.reach / self.variance
        return math.exp(-self.variance / self.reach**2 * ((1 + scaled) * math.log1p(scaled) - scaled))

    @property
    def is_suspicious(self) -> bool:
        """Whether both measures say that chance does not explain it."""
        return self.z > SIGMAS and self.chance < RARE
