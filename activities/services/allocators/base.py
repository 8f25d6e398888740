"""What the kernel does around a gameplay's pure rule, one way for each kind of randomness."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from activities import store
from activities.gameplay.base import Result, Terms
from activities.models import Issue
from activities.services.batches import NO_TURN, Ask, Batch, Turn
from blindbox.common.events import Event


class Allocator(ABC):
    """
    Serves the algorithms of one family: `deck/1` is served by `deck`. Whatever it writes, it writes inside the
    caller's transaction, in the lock order: the player's row, the counter, then stock or tickets.
    """

    kind: ClassVar[str]
    delivers_later: ClassVar[bool] = False  # prizes arrive after the commit, by an event of its own

    def problems(self, issue: Issue, own: Mapping[str, Any]) -> list[str]:
        """Return in Chinese what beside its prizes keeps an issue of this configuration from opening."""
        return []

    def warnings(self, issue: Issue, *, now: datetime | None) -> list[str]:
        """Return in Chinese what an operator should think over before it opens; none of it stands in the way."""
        return []

    @abstractmethod
    def commit(self, issue: Issue, promised: Terms, *, now: datetime) -> tuple[str, str]:
        """Publish what binds an issue that opens; return its Merkle root (or nothing) and its commitment."""

    def stock_up(self, promised: Terms) -> None:  # noqa: B027  most have nothing to lay out
        """Lay out what the issue gives away, where that is not the deck itself."""

    def reserve(self, ask: Ask, *, now: datetime) -> bool:
        """Hold what is asked for until it is paid; False if the counter refuses."""
        return store.hold(ask.terms.issue_id, ask.count, member_id=ask.member_id, now=now)

    def release(self, ask: Ask, *, now: datetime) -> bool:
        """Give a hold back; False if the counter holds less than that."""
        return store.release(ask.terms.issue_id, ask.count)

    def take_turn(
        self, promised: Terms, member_id: int, count: int, *, paid_at: datetime, fair_ref: str | None = None
    ) -> Turn:
        """Return what the batch row says about its rolls; a box has none. `fair_ref` where the caller has read it."""
        return NO_TURN

    @abstractmethod
    def draw(self, batch: Batch, *, now: datetime) -> list[Result]:
        """
        Sell what a batch bought and draw it.

        :raises CannotServe: if the issue cannot give all of it any more
        """

    def news(self, batch: Batch, results: Sequence[Result]) -> list[Event]:
        """Return what beside the settled draw is to be told, with the same statement."""
        return []

    def close(self, promised: Terms, *, now: datetime) -> None:  # noqa: B027  most keep no secret of their own
        """Reveal what the issue alone kept secret, now that nothing is held or unsettled."""
