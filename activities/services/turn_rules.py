"""
Whose turn at a whole box it is, from what is stored and the clock alone (docs/fairness.md).

First come, first served. A turn lasts so many seconds from when the one before is over and nothing is held; whoever
lets it pass makes way for the next. A turn whose order waits for its payment ends with that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Place:
    """A member in the queue of a box; without an end he waits."""

    id: int
    member_id: int
    starts_at: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """The queue as it is now, the first at its head, and the turns that have passed."""

    queue: Sequence[Place]
    passed: Sequence[Place]

    @property
    def head(self) -> Place | None:
        return self.queue[0] if self.queue else None

    def position_of(self, member_id: int | None) -> int | None:
        """Return how many are before a member, None for one who is not in the queue."""
        members = [place.member_id for place in self.queue]
        return members.index(member_id) if member_id in members else None


def standing(places: Sequence[Place], *, seconds: int, reserved: int, now: datetime, freed: bool = False) -> Standing:
    """
    Return how a stored queue stands now. `freed`: what was held came free this moment, not when the last turn ended.
    """
    queue, passed, begins = list(places), [], now
    while queue:
        head = _begun(queue[0], seconds, begins) if not reserved else queue[0]
        queue[0] = head
        if reserved or head.until is None or head.until > now:
            break
        passed.append(queue.pop(0))
        begins = now if freed else head.until
    return Standing(queue, passed)


def _begun(place: Place, seconds: int, at: datetime) -> Place:
    if place.until is not None:
        return place
    return replace(place, starts_at=at, until=at + timedelta(seconds=seconds))
