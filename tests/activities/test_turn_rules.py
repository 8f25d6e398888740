"""Whose turn it is, from what is stored and the clock alone."""

from datetime import UTC, datetime, timedelta

import pytest

from activities.services.turn_rules import Place, standing

T0 = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SECONDS = 120


def at(seconds):
    return T0 + timedelta(seconds=seconds)


def waiting(*members):
    return [Place(n, member) for n, member in enumerate(members, start=1)]


def holding(member, start, *others):
    return [Place(1, member, at(start), at(start + SECONDS)), *(Place(n, m) for n, m in enumerate(others, start=2))]


def seen(places, now, **more):
    """Return (who holds it and until when, who waits, who has passed)."""
    found = standing(places, seconds=SECONDS, now=at(now), **{"reserved": 0, **more})
    head = found.head
    turn = head and (head.member_id, head.until and int((head.until - T0).total_seconds()))
    return turn, [place.member_id for place in found.queue[1:]], [place.member_id for place in found.passed]


TURNS = {
    "nobody": ([], 0, {}, (None, [], [])),
    "the first takes it": (waiting(7), 5, {}, ((7, 125), [], [])),
    "the second waits": (waiting(7, 8), 5, {}, ((7, 125), [8], [])),
    "while others have not paid nobody holds it": (waiting(7, 8), 5, {"reserved": 2}, ((7, None), [8], [])),
    "a turn runs to its end": (holding(7, 0, 8), 119, {}, ((7, 120), [8], [])),
    "then the next has his, from there on": (holding(7, 0, 8, 9), 120, {}, ((8, 240), [9], [7])),
    "seen late, turns have passed one after the other": (holding(7, 0, 8, 9), 300, {}, ((9, 360), [], [7, 8])),
    "seen very late, the box is free": (holding(7, 0, 8, 9), 360, {}, (None, [], [7, 8, 9])),
    "an order that waits for its money keeps the turn": (holding(7, 0, 8), 500, {"reserved": 3}, ((7, 120), [8], [])),
    "when it is paid the next turn begins at that moment": (
        holding(7, 0, 8, 9),
        500,
        {"freed": True},
        ((8, 620), [9], [7]),
    ),
}


@pytest.mark.parametrize(("places", "now", "more", "expected"), TURNS.values(), ids=TURNS)
def test_turns(places, now, more, expected):
    assert seen(places, now, **more) == expected


def test_a_member_knows_how_many_are_before_him():
    found = standing(waiting(7, 8, 9), seconds=SECONDS, reserved=0, now=T0)
    assert [found.position_of(member) for member in (7, 8, 9, 10, None)] == [0, 1, 2, None, None]
