"""Which part of the kernel serves which algorithm."""

from activities.gameplay.base import Terms
from activities.services.allocators.base import Allocator
from activities.services.allocators.deck import Deck
from activities.services.allocators.pairs import Pairs
from activities.services.allocators.s3 import Sessions
from activities.services.allocators.weighted import Weighted

_ALLOCATORS: dict[str, Allocator] = {each.kind: each for each in (Deck(), Pairs(), Weighted(), Sessions())}


def of(promised: Terms) -> Allocator:
    """Return what serves an issue of these terms."""
    return _ALLOCATORS[promised.allocator]


def named(kind: str) -> Allocator:
    """Return what serves the plays of a family."""
    return _ALLOCATORS[kind]
