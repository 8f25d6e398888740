"""What the variants of 对对碰 differ in: how a played session is settled, and what that needs of the prizes."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from activities.gameplay.base import DrawContext, Prize, Problem, Result
from activities.gameplay.card_session import Session
from activities.gameplay.match_config import Setup

NOTHING = "none"  # the kind of a reward that is none


@dataclass(frozen=True)
class Odds:
    """How likely each prize is, by weights in the order of the prizes, and whether they were counted or simulated."""

    weights: Sequence[int]
    method: str


class Variant(ABC):
    """One way to settle."""

    node_label: ClassVar[str]  # what a reward's node is

    @abstractmethod
    def problems(self, prizes: Sequence[Prize], setup: Setup) -> list[Problem]:
        """Return why these prizes cannot be published, empty if they can."""

    @abstractmethod
    def odds(self, prizes: Sequence[Prize], setup: Setup) -> Odds:
        """Return what a member is told before buying; only of prizes without problems."""

    @abstractmethod
    def most_units(self, prizes: Sequence[Prize], setup: Setup) -> Mapping[int, int]:
        """Return how many units of a prize one session may yield; what is not named, one."""

    @abstractmethod
    def overall_ppm(self, prizes: Sequence[Prize], setup: Setup) -> Mapping[int, int]:
        """Return how many units of each prize a session yields on the mean, in ppm."""

    @abstractmethod
    def settle(self, context: DrawContext, sessions: Sequence[Session]) -> list[Result]:
        """Return the results of a batch: a line of its own for each session, then what came on top."""


def common_problems(prizes: Sequence[Prize]) -> list[Problem]:
    """Return what no variant can publish."""
    found = [Problem(f"{name(p)}不能是未中奖：每一局都要有奖品") for p in prizes if p.kind == NOTHING]
    found += [Problem(f"{name(p)}只能是普通位置") for p in prizes if p.position != "ticket"]
    return found + [Problem(f"{name(p)}的数量要大于 0，不限量请留空") for p in prizes if p.quantity == 0]


def name(prize: Prize) -> str:
    return f"「{prize.level} {prize.name}」"


def sale_number(context: DrawContext, index: int) -> int | None:
    """Return a session's number in the order of sale, which only limited prizes need."""
    return context.positions[index] if context.positions else None
