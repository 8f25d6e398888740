"""A finite box: which reward lies at which position, and the leaf that commits to it."""

from collections.abc import Iterable, Sequence
from itertools import count
from typing import NamedTuple

from blindbox.common.fairness.lines import checked, digest, join, mac
from blindbox.common.fairness.merkle import MerkleTree
from blindbox.common.fairness.streams import Stream, shuffle


class Extra(NamedTuple):
    """A reward that comes on top: `n` is that of the n-th sale, or of every n-th."""

    reward_id: int
    position: str
    quantity: int
    n: int | None = None


def build_deck(secret: bytes, issue_id: int, quantities: Iterable[tuple[int, int]]) -> tuple[int, ...]:
    """Return the reward id of each position, position p at index p-1; `quantities` in the order of the terms."""
    slots = [reward_id for reward_id, quantity in quantities for _ in range(quantity)]
    return tuple(shuffle(slots, Stream(secret, "blindbox/deck/1", issue_id)))


def position_prizes(
    secret: bytes, issue_id: int, total: int, rewards: Iterable[Extra | tuple[int, str, int]]
) -> dict[int, list[int]]:
    """
    Return the prizes that come on top of a position's own, in the order of the terms.

    A position is "first", "last", "global", "nth", "every" or "repdigit"; positions count in the order of sale.

    :raises ValueError: if a box of one ticket has a first-half prize, a position is unknown, or its n is missing
    """
    prizes: dict[int, list[int]] = {}
    for extra in (Extra(*each) for each in rewards):
        for unit in range(extra.quantity):
            position = _bonus_position(secret, issue_id, total, extra, unit)
            prizes.setdefault(position, []).append(extra.reward_id)
    return prizes


def repdigit(unit: int) -> int:
    """Return the number of at least two equal digits that comes after so many smaller ones: 11, 22 … 99, 111, 222 …"""
    lengths, digit = divmod(unit, 9)
    return int(str(digit + 1) * (lengths + 2))


def repdigits_to(most: int) -> int:
    """Return how many such numbers there are up to a number."""
    return next(unit for unit in count() if repdigit(unit) > most)


def salt(secret: bytes, issue_id: int, position: int) -> str:
    """Return what keeps a leaf from being guessed before its ticket is drawn."""
    return mac(checked(secret), join("blindbox/salt/1", issue_id, position)).hex()


def leaf(issue_id: int, position: int, reward_id: int, salt: str) -> bytes:
    """Return the Merkle leaf of one position."""
    return digest("blindbox/leaf/1", issue_id, position, reward_id, salt)


def deck_tree(secret: bytes, issue_id: int, deck: Sequence[int]) -> MerkleTree:
    """Return the tree over all positions of a deck; its root is what the commitment binds."""
    return MerkleTree(
        leaf(issue_id, position, reward_id, salt(secret, issue_id, position))
        for position, reward_id in enumerate(deck, start=1)
    )


def _bonus_position(secret: bytes, issue_id: int, total: int, extra: Extra, unit: int) -> int:
    if extra.position == "repdigit":
        return repdigit(unit)
    known = {"last": total, "nth": extra.n or 0, "every": (extra.n or 0) * (unit + 1)}.get(extra.position)
    if known:
        return known
    span = {"first": total // 2, "global": total}.get(extra.position)
    if span is None:
        raise ValueError(f"no such position: {extra.position}")
    return 1 + Stream(secret, "blindbox/position/1", issue_id, extra.reward_id, unit).below(span)
