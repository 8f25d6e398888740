"""
What a session of 对对碰 holds on the mean: exactly, by counting every order of the cards, as long as that is feasible.

Where it is not, a million sessions are simulated from one fixed seed, so that everybody who repeats it gets the same.
"""

import hashlib
import sys
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count as counting
from math import factorial

from activities.gameplay.card_session import Rules
from blindbox.common.fairness.streams import WORD_RANGE

MOST_STATES = 120_000
SESSIONS = 1_000_000
SEED = "blindbox/pairs-odds/1"
_BLOCK = 1 << 19  # bytes


@dataclass(frozen=True)
class Chances:
    """Of `whole` sessions: how many hold so many pairs, and how many cards of each type they deal together."""

    whole: int
    pairs: Mapping[int, int]
    cards: Mapping[int, int]
    is_exact: bool


Cards = tuple[tuple[int, int], ...]  # of each type its number and how many cards it has


@lru_cache(maxsize=256)
def chances(cards: Cards, rules: Rules) -> Chances:
    """Return what these rules lead to."""
    try:
        return _Orders(cards, rules).counted()
    except _TooMany:
        return _simulated(cards, rules)


class _TooMany(Exception):
    """More states than an opening may wait for."""


@dataclass(frozen=True)
class _Group:
    """Types that have equally many cards and are equal to the rules; where they stand in a state."""

    kinds: Sequence[int]
    count: int
    is_lucky: bool
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.kinds)


State = tuple[int, ...]  # how many cards of each type were dealt, ascending in its group; at last, 1 if all differed


class _Orders:
    """Every order of the cards; those that differ by types which are equal to the rules are counted together."""

    def __init__(self, cards: Cards, rules: Rules) -> None:
        self._rules, self._total = rules, sum(count for _, count in cards)
        self._groups = list(_grouped(cards, rules.lucky))
        self._pairs, self._cards = Counter[int](), Counter[int]()

    def counted(self) -> Chances:
        """:raises _TooMany: if there are too many states to visit"""
        states: dict[State, int] = {(*[0] * self._groups[-1].end, 0): 1}
        visited = 0
        for dealt in range(self._total + 1):
            visited += len(states)
            if visited > MOST_STATES:
                raise _TooMany
            going = self._stopped(states, dealt) if dealt >= self._rules.hand else states
            states = self._dealt(going)
        cards = {kind: self._cards[kind] // len(group.kinds) for group in self._groups for kind in group.kinds}
        return Chances(factorial(self._total), self._pairs, cards, is_exact=True)

    def _stopped(self, states: Mapping[State, int], dealt: int) -> dict[State, int]:
        """Add up the sessions that end here; return those that go on."""
        rest, going = factorial(self._total - dealt), dict[State, int]()
        for each, weight in states.items():
            state = self._opened(each) if dealt == self._rules.hand else each
            if dealt < min(self._due(state), self._total):
                going[state] = weight
            else:
                self._add(state, weight * rest)
        return going

    def _opened(self, state: State) -> State:
        return (*state[:-1], 1) if self._rules.different_gain and max(state) == 1 else state

    def _due(self, state: State) -> int:
        rules = self._rules
        lucky = sum(state[group.start] for group in self._groups if group.is_lucky)
        return rules.hand + rules.gain * _pairs(state) + rules.lucky_gain * lucky + rules.different_gain * state[-1]

    def _add(self, state: State, weight: int) -> None:
        self._pairs[_pairs(state)] += weight
        for group in self._groups:
            cards = weight * sum(state[group.start : group.end])
            for kind in group.kinds:
                self._cards[kind] += cards

    def _dealt(self, states: Mapping[State, int]) -> dict[State, int]:
        """Return the states after one more card, each weighed with the cards that lead to it."""
        after: dict[State, int] = {}
        for state, weight in states.items():
            for moved, ways in self._moves(state):
                after[moved] = after.get(moved, 0) + weight * ways
        return after

    def _moves(self, state: State) -> Iterator[tuple[State, int]]:
        for group in self._groups:
            alike = 0
            for at in range(group.start, group.end):
                alike, dealt = alike + 1, state[at]
                if at + 1 < group.end and state[at + 1] == dealt:
                    continue  # the last of equals moves, so that the group stays in order
                if dealt < group.count:
                    yield (*state[:at], dealt + 1, *state[at + 1 :]), alike * (group.count - dealt)
                alike = 0


def _grouped(cards: Cards, lucky: int | None) -> Iterator[_Group]:
    alike: dict[tuple[int, bool], list[int]] = {}
    for kind, count in cards:
        alike.setdefault((count, kind == lucky), []).append(kind)
    start = 0
    for (count, is_lucky), kinds in alike.items():
        yield _Group(kinds, count, is_lucky, start)
        start += len(kinds)


def _pairs(state: State) -> int:
    return sum(dealt // 2 for dealt in state[:-1])


def _simulated(cards: Cards, rules: Rules) -> Chances:
    """Play sessions whose cards come from one stream; only what is dealt is drawn."""
    deck, words = [kind for kind, count in cards for _ in range(count)], _words()
    limits = [WORD_RANGE - WORD_RANGE % (n or 1) for n in range(len(deck) + 1)]
    pairs, dealt = Counter[int](), dict.fromkeys((kind for kind, _ in cards), 0)
    for _ in range(SESSIONS):
        hand = _session(deck[:], words, limits, rules)
        pairs[sum([n // 2 for n in hand.values()])] += 1
        for kind, n in hand.items():
            dealt[kind] += n
    return Chances(SESSIONS, pairs, dealt, is_exact=False)


def _session(deck: list[int], words: Iterator[int], limits: Sequence[int], rules: Rules) -> dict[int, int]:
    """Return how many cards of each type a session deals; words past the last full run of what is left are skipped."""
    hand: dict[int, int] = {}
    left, due = len(deck), rules.hand
    while left and due:
        word = next(words)
        while word >= limits[left]:
            word = next(words)
        at, left = word % left, left - 1
        kind, deck[at] = deck[at], deck[left]
        seen = hand[kind] = hand.get(kind, 0) + 1
        due += rules.gain * (seen % 2 == 0) - 1
        if kind == rules.lucky:
            due += rules.lucky_gain
        if rules.different_gain and len(hand) == rules.hand == len(deck) - left:
            due += rules.different_gain
    return hand


def _words() -> Iterator[int]:
    for block in counting():
        words = array("Q", hashlib.shake_128(f"{SEED}\n{block}".encode()).digest(_BLOCK))
        if sys.byteorder == "little":
            words.byteswap()
        yield from words
