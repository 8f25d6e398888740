"""How draws of each kind of randomness are rehearsed: from secrets that are made of a seed and thrown away."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import count as counting
from itertools import islice

from activities.gameplay import limits, registry
from activities.gameplay.base import DrawContext, Result, Terms
from activities.gameplay.session_table import at_opening
from activities.gameplay.sessions import SessionPlay, Step
from activities.services import boxes, limited, rolls, sessions
from activities.services.batches import Turn
from blindbox.common import fairness

Yield = Sequence[Result]  # of one draw: its own first, then what came on top
DAY, NONCE = date(2000, 1, 1), "rehearsal"
DRAWS_OF_A_PLAYER = 100


class CannotRehearse(Exception):
    """Why nothing can be drawn, in Chinese and for the operator."""


def secret_of(seed: str, number: int) -> bytes:
    """Return a throwaway secret."""
    return hashlib.sha256(f"blindbox/rehearsal\n{seed}\n{number}".encode()).digest()


def _boxes(promised: Terms, seed: str, _draws: int) -> Iterator[Yield]:
    """Open box after box to its end."""
    if not promised.total:
        raise CannotRehearse("箱里没有奖品")
    play = registry.get(promised.gameplay)
    for number in counting():
        box = boxes.derive(promised, secret_of(seed, number))
        for position in range(1, len(box.deck) + 1):
            context = DrawContext(promised, 1, positions=[position], deck=box.deck, bonus_at=box.bonus_at)
            yield play.draw(context)


def _rolls(promised: Terms, seed: str, _draws: int) -> Iterator[Yield]:
    """Let player after player draw a hundred times, each meeting full shelves: when one ends, an issue would pause."""
    play = registry.get(promised.gameplay)
    full = {prize.id: prize.quantity or 0 for prize in limits.limited(promised.prizes)}
    for number in counting():
        turn, left = Turn(DAY, 0, f"{number:032x}"), Counter(full)
        for seq in range(DRAWS_OF_A_PLAYER):
            if limited.draws_served(promised, left) == 0:
                left = Counter(full)
            at = replace(turn, first_seq=seq)
            shelf = limited.Shelf(left=left)
            results = play.draw(rolls.context(secret_of(seed, number), at, promised, count=1, nonce=NONCE, shelf=shelf))
            turn = replace(turn, misses=rolls.misses_after(promised, results) or 0)
            left.subtract(result.reward_id for result in results if result.reward_id in full)
            yield results


def _sessions(promised: Terms, seed: str, _draws: int) -> Iterator[Yield]:
    """Let player after player play a hundred sessions, with the choice that brings most; nothing runs out."""
    play = registry.get(promised.gameplay)
    choice = next(iter(play.choices(promised.config)), "")
    for number in counting():
        secret, player = secret_of(seed, number), f"{number:032x}"
        for seq in range(DRAWS_OF_A_PLAYER):
            played = sessions.Played(promised, Turn(DAY, seq, player), 1, NONCE, choice)
            yield play.draw(sessions.context(secret, played, limited.NOTHING_LIMITED))


def _draws_of_the_tool(promised: Terms, seed: str, draws: int) -> Iterator[Yield]:
    """
    Let members draw at node after node, as evenly over the session's time as its plan may release: what is released,
    given and gone is carried along to the end.
    """
    play, secret, day = registry.get(promised.gameplay), secret_of(seed, 0), DAY.isoformat()
    assert isinstance(play, SessionPlay)
    nodes, left = list(play.nodes(promised.prizes)), _ToolStock(promised)
    if not nodes:
        raise CannotRehearse("还没有奖品")
    for version in range(1, draws + 1):
        left.release_until((version - 1) / draws)
        node = nodes[(version - 1) % len(nodes)]
        stream = fairness.s3_stream(secret, day, promised.issue_id, day, version, str(version), NONCE)
        facts = {"steps": [Step(version, node)], "left": left.units, "occurrence": day}
        results = play.draw(DrawContext(promised, 1, streams=[stream], facts=facts))
        left.give(results[0].reward_id)
        yield results


class _ToolStock:
    """What is there of each limited prize of a session, and what its plan still brings."""

    def __init__(self, promised: Terms) -> None:
        self.units = at_opening(promised.prizes, promised.releases)
        self._coming = sorted(promised.releases, key=lambda each: each.at, reverse=True)
        last = max((each.at for each in promised.releases), default=promised.starts_at)
        self._starts_at, self._lasts = promised.starts_at, (promised.ends_at or last) - promised.starts_at

    def release_until(self, part: float) -> None:
        """Let in what is due when this part of the session's time is over."""
        now = self._starts_at + self._lasts * part
        while self._coming and self._coming[-1].at <= now:
            due = self._coming.pop()
            self.units[due.reward_id] += due.quantity

    def give(self, reward_id: int) -> None:
        if reward_id in self.units:
            self.units[reward_id] -= 1


_REHEARSALS: dict[str, Callable[[Terms, str, int], Iterator[Yield]]] = {
    "deck": _boxes,
    "pairs": _sessions,
    "s3": _draws_of_the_tool,
    "weighted": _rolls,
}


def odds_of(promised: Terms) -> Mapping[int, int]:
    """Return how often the terms promise each reward, in ppm of a draw, over many draws of one member."""
    return registry.get(promised.gameplay).overall_ppm(promised.prizes, promised.config)


def draws_of(promised: Terms, *, count: int, seed: str) -> Iterator[Yield]:
    """
    Return that many rehearsed draws; the same seed gives the same ones.

    :raises CannotRehearse: if nobody wrote how draws of this kind are rehearsed
    """
    rehearse = _REHEARSALS.get(promised.allocator)
    if rehearse is None:
        raise CannotRehearse("这种玩法还不能模拟")
    return islice(rehearse(promised, seed, count), count)
