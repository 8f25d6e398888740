"""Random numbers that a commitment fixes: the same secret and lines always give the same sequence."""

import struct
from collections.abc import Iterator, Sequence
from itertools import count

from blindbox.common.fairness.lines import SEPARATOR, Field, checked, join, mac

WORD_RANGE = 2**64
_four_words = struct.Struct(">4Q").unpack


class Stream:
    """An endless sequence of uniform integers, four 64-bit words to each HMAC block."""

    __slots__ = ("_words",)

    def __init__(self, secret: bytes, *lines: Field) -> None:
        self._words = _words(checked(secret), join(*lines) + SEPARATOR.encode())

    def below(self, n: int) -> int:
        """Return the next integer of 0 … n-1."""
        return uniform(self._words, n)

    def below_many(self, n: int, count: int) -> list[int]:
        """Return the next `count` integers of 0 … n-1."""
        return [uniform(self._words, n) for _ in range(count)]


def uniform(words: Iterator[int], n: int) -> int:
    """
    Return one integer of 0 … n-1; words past the last full run of n are skipped, which favours none.

    :raises ValueError: if n is not between 1 and 2^64
    """
    if not 0 < n <= WORD_RANGE:
        raise ValueError("n must be between 1 and 2^64")
    limit = WORD_RANGE - WORD_RANGE % n
    word = next(words)
    while word >= limit:
        word = next(words)
    return word % n


def shuffle(items: Sequence[int], stream: Stream) -> list[int]:
    """Return the items in a uniformly random order (Fisher–Yates, from the end)."""
    shuffled = list(items)
    for i in range(len(shuffled) - 1, 0, -1):
        j = stream.below(i + 1)
        shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
    return shuffled


def _words(secret: bytes, prefix: bytes) -> Iterator[int]:
    for block in count():
        yield from _four_words(mac(secret, prefix + b"%d" % block))
