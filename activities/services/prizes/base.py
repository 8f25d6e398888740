"""What a kind of prize is to the kernel."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from activities.enums import RewardKind
from activities.gameplay.base import Prize

SOURCE = "draw"
Won = Sequence[tuple[int, Prize]]  # index in the batch, and what it yielded


@dataclass(frozen=True)
class Winner:
    """Who won, and by which batch: every grant is unique by batch and index."""

    member_id: int
    batch_id: int


class PrizeKind(ABC):
    """One kind. What it writes, it writes inside the caller's transaction, the same statements for one or for ten."""

    kind: RewardKind
    touches_account: ClassVar[bool] = False  # posts to the member's account, which is locked before the counter

    @abstractmethod
    def grant(self, winner: Winner, won: Won, *, now: datetime) -> dict[int, int]:
        """
        Grant these prizes; return the inventory id of each unit by its index, where the kind has units.

        :raises IntegrityError: if one was granted before
        :raises AlreadyPosted: likewise for points
        """

    @abstractmethod
    def take_back(self, winner: Winner, won: Won, *, now: datetime) -> None:
        """
        Take all of them back, for a refund; points that were spent are owed.

        :raises Conflict: if a unit was given away or shipped, or a coupon or credit was used
        """

    def problems(self, prize: Prize, *, price_fen: int | None) -> list[str]:
        """Return in Chinese why an issue of this cash price cannot promise the prize, empty if it can."""
        return []
