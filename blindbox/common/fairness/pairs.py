"""对对碰: a fresh deck of cards for each paid session, and the pairs that it holds."""

from collections import Counter
from collections.abc import Iterable, Sequence

from blindbox.common.fairness.streams import Stream, shuffle


def pairs_stream(secret: bytes, day: str, issue_id: int, player: str, seq: int, nonce: str) -> Stream:
    """Return the stream that shuffles the cards of one session; `seq` is the player's own count in this issue."""
    return Stream(secret, "blindbox/pairs/1", day, issue_id, player, seq, nonce)


def pairs_deck(
    secret: bytes, day: str, issue_id: int, player: str, seq: int, nonce: str, quantities: Iterable[tuple[int, int]]
) -> tuple[int, ...]:
    """Return the card types in the order in which they are dealt; `quantities` is (type, count) in terms order."""
    return shuffled_cards(quantities, pairs_stream(secret, day, issue_id, player, seq, nonce))


def shuffled_cards(quantities: Iterable[tuple[int, int]], stream: Stream) -> tuple[int, ...]:
    """Return the cards, laid out type by type, in the order that a stream gives them."""
    return tuple(shuffle([kind for kind, quantity in quantities for _ in range(quantity)], stream))


def count_pairs(deck: Sequence[int], hand: int, gain: int = 1) -> int:
    """
    Return the pairs of a session: deal `hand`, take pairs away, deal `gain` for each while the deck lasts.

    The order of removal changes nothing: what has been dealt decides how many pairs it holds.
    """
    dealt, pairs = hand, 0
    while (found := _pairs_among(deck[:dealt])) > pairs:
        dealt += gain * (found - pairs)
        pairs = found
    return pairs


def _pairs_among(cards: Iterable[int]) -> int:
    return sum(seen // 2 for seen in Counter(cards).values())
