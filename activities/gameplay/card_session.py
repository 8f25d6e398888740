"""One session of 对对碰: cards are dealt, pairs taken away, more cards dealt, until nothing is due."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict


class Event(TypedDict, total=False):
    """One step that a client shows: exactly one of these. The deal that it brings, if any, is the next event."""

    deal: list[int]  # the cards, in the order in which they come
    different: bool  # no two cards of the opening hand are equal
    lucky: int  # a card of the chosen type has come
    pair: int  # the pair of this type is taken away


@dataclass(frozen=True)
class Rules:
    """How many cards a session starts with, and how many more come for a pair, a lucky card, a hand all different."""

    hand: int
    gain: int = 1
    lucky: int | None = None
    lucky_gain: int = 0
    different_gain: int = 0


@dataclass(frozen=True)
class Session:
    """A session that was played: what happened, how many pairs it held, the cards in the order in which they came."""

    events: Sequence[Event]
    pairs: int
    cards: Sequence[int]


def play(deck: Sequence[int], rules: Rules) -> Session:
    """Play a shuffled deck to the end; the order of taking away changes the show and nothing else."""
    table = _Table(deck, rules)
    table.open()
    while table.step():
        pass
    return Session(table.events, table.pairs, table.cards)


class _Table:
    """The cards on the table; of several things that are due, the lucky card comes first, then the smallest pair."""

    def __init__(self, deck: Sequence[int], rules: Rules) -> None:
        self._deck, self._rules = deck, rules
        self._lying: Counter[int] = Counter()
        self._lucky_due = 0
        self.events: list[Event] = []
        self.pairs = 0
        self.cards: list[int] = []

    def open(self) -> None:
        rules = self._rules
        self._deal(rules.hand)
        if rules.different_gain and len(self._lying) == rules.hand:
            self._tell({"different": True}, rules.different_gain)

    def step(self) -> bool:
        """Do what is due next; False if nothing is."""
        rules = self._rules
        pair = min((kind for kind, n in self._lying.items() if n > 1), default=None)
        if rules.lucky is not None and self._lucky_due:
            self._lucky_due -= 1
            self._tell({"lucky": rules.lucky}, rules.lucky_gain)
        elif pair is not None:
            self._lying[pair] -= 2
            self.pairs += 1
            self._tell({"pair": pair}, rules.gain)
        else:
            return False
        return True

    def _tell(self, event: Event, gain: int) -> None:
        self.events.append(event)
        self._deal(gain)

    def _deal(self, n: int) -> None:
        dealt = list(self._deck[len(self.cards) : len(self.cards) + n])
        if not dealt:
            return
        self.cards += dealt
        self._lying.update(dealt)
        if self._rules.lucky_gain:
            self._lucky_due += dealt.count(self._rules.lucky)  # type: ignore[arg-type]  # None is no card
        self.events.append({"deal": dealt})
