"""Dynamic and static odds of the tool: every number enumerated, and chi-square through the real stream of a session."""

from collections import Counter
from datetime import date
from fractions import Fraction
from itertools import accumulate, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.gameplay import registry
from activities.gameplay.base import DrawContext, Prize
from activities.gameplay.session_table import table
from activities.gameplay.sessions import Step
from activities.services import chances
from activities.services.allocators.s3 import streams_of
from activities.services.batches import Turn
from blindbox.common.fairness import PPM
from tests.factories.odds import terms_of

LEAST_P = 1e-6
SECRET = bytes(range(32))
TURN = Turn(date(2026, 3, 5), player="p", occurrence=date(2026, 3, 5))
CONFIG = {"probability": "dynamic", "times_limit": 0, "session_times_limit": 0, "empty_weight": 0, "daily": None}


class Given:
    """A stream that says what it is told, if that is below what was asked."""

    def __init__(self, roll):
        self.roll = roll

    def below(self, n):
        assert 0 <= self.roll < n
        return self.roll


def prize(number, **columns):
    made = {"level": str(number), "name": "奖", "kind": "points", "position": "ticket", "quantity": None, "points": 1}
    return Prize(id=number, **{**made, "odds_ppm": None, **columns})


EMPTY = prize(99, kind="none", points=None)


def dynamic(lines, empty):
    """Return what a draw meets of prizes given by (what is left, weight)."""
    prizes = [prize(n, quantity=1000, weight=w) for n, (_, w) in enumerate(lines, start=1)]
    left = {n: q for n, (q, _) in enumerate(lines, start=1)}
    return table([*prizes, EMPTY], left, probability="dynamic", empty_weight=empty)


def counted(met):
    return Counter(met.draw(Given(roll)).prize.id for roll in range(met.below))


# every number


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 9)), min_size=1, max_size=6), st.integers(0, 40))
def test_of_all_numbers_each_prize_meets_exactly_what_is_left_times_its_weight(lines, empty):
    met = dynamic(lines, empty)
    assert met.below == sum(q * w for q, w in lines) + empty
    due = {n: q * w for n, (q, w) in enumerate(lines, start=1)} | {99: empty}
    assert counted(met) == {n: chance for n, chance in due.items() if chance}


def test_the_first_and_the_last_number_of_each_share():
    met = dynamic([(2, 3), (0, 8), (4, 1)], 5)
    edges = {0: 1, 5: 1, 6: 3, 9: 3, 10: 99, 14: 99}
    assert {roll: met.draw(Given(roll)).prize.id for roll in edges} == edges
    for roll in (-1, 15):
        with pytest.raises(AssertionError):
            met.draw(Given(roll))


def test_of_all_million_numbers_each_prize_meets_exactly_its_published_odds():
    odds = [(1, 5_000), (2, 95_000), (3, 650_001)]
    prizes = [prize(n, odds_ppm=ppm) for n, ppm in odds]
    met = table([*prizes, EMPTY], {}, probability="static", empty_weight=0)
    assert met.below == PPM
    assert counted(met) == {**dict(odds), 99: PPM - 750_001}


def drawn(prizes, left, streams, **config):
    """Return which prizes a batch yields, through the type's own draw."""
    promised = terms_of([("A", PPM)], gameplay="timed", config={**CONFIG, **config})
    object.__setattr__(promised, "prizes", prizes)
    steps = [Step(version, None) for version in range(1, len(streams) + 1)]
    facts = {"steps": steps, "left": left, "occurrence": "2026-03-05"}
    results = registry.get("timed").draw(DrawContext(promised, len(streams), streams=streams, facts=facts))
    return tuple(result.reward_id for result in results)


TWO = [prize(1, quantity=2, weight=3), prize(2, quantity=1, weight=2), EMPTY]
LEFT = {1: 2, 2: 1}


def exact(left, empty, draws):
    """Return how likely each sequence of prizes is, by the rule itself."""
    if not draws:
        return {(): Fraction(1)}
    chances_ = {1: left[1] * 3, 2: left[2] * 2, 99: empty}
    below, found = sum(chances_.values()), {}
    for met, chance in chances_.items():
        after = {**left, met: left.get(met, 1) - 1}
        for rest, likely in exact(after, empty, draws - 1).items() if chance else ():
            found[met, *rest] = Fraction(chance, below) * likely
    return found


def test_all_numbers_of_three_draws_in_a_row_meet_the_odds_that_each_left_to_the_next():
    """Every sequence of three numbers, weighed by how likely it is, sums up to the exact odds of each outcome."""
    met = Counter()
    for first, second, third in product(range(9), repeat=3):
        sequence, weight, left = (), Fraction(1), dict(LEFT)
        for roll in (first, second, third):
            below = left[1] * 3 + left[2] * 2 + 1
            if roll >= below:
                weight = Fraction(0)
                break
            weight /= below
            sequence += drawn(TWO, left, [Given(roll)], empty_weight=1)
            left = {n: q - (sequence[-1] == n) for n, q in left.items()}
        if weight:
            met[sequence] += weight
    assert met == exact(LEFT, 1, 3)
    assert sum(met.values()) == 1


# the real stream

MET = dynamic([(7, 10), (30, 1), (2, 25)], 50)  # 70, 30, 50, and 50 empty


def streams(count, nonce="n"):
    return streams_of(SECRET, 7, TURN, range(1, count + 1), nonce)


def fits(met):
    return chances.p_value([met[n] for n in (1, 2, 3, 99)], [70, 30, 50, 50]) > LEAST_P


def test_many_dynamic_draws_meet_the_odds_of_their_table():
    assert fits(Counter(MET.draw(stream).prize.id for stream in streams(20_000)))


@pytest.mark.parametrize(
    "chances_and_empty",
    [([10, 1, 25], 50), ([70, 30, 50], 0), ([70, 30, 50], 30), ([77, 30, 50], 50)],
    ids=["weights alone", "no empty share", "a range that ends early", "a unit that is gone"],
)
def test_control_other_odds_are_found_out(chances_and_empty):
    shares, empty = chances_and_empty
    ends = list(accumulate([*shares, empty]))
    rolls = [stream.below(ends[-1]) for stream in streams(20_000)]
    assert not fits(
        Counter(next(n for n, end in zip((1, 2, 3, 99), ends, strict=True) if roll < end) for roll in rolls)
    )


def test_many_static_draws_meet_the_published_odds():
    odds = [5_000, 95_000, 650_000]
    prizes = [prize(n, odds_ppm=ppm) for n, ppm in enumerate(odds, start=1)]
    met = table([*prizes, EMPTY], {}, probability="static", empty_weight=0)
    seen = Counter(met.draw(stream).prize.id for stream in streams(20_000))
    assert chances.p_value([seen[n] for n in (1, 2, 3, 99)], [*odds, 250_000]) > LEAST_P
    swapped = [seen[n] for n in (2, 1, 3, 99)]
    assert chances.p_value(swapped, [*odds, 250_000]) < LEAST_P  # the control: it would show


def test_many_batches_draw_each_sequence_as_often_as_the_exact_odds_say():
    """What one draw of a batch takes changes the odds of the next."""
    due = exact(LEFT, 1, 3)
    seen = Counter(drawn(TWO, LEFT, streams(3, nonce=f"n{n}"), empty_weight=1) for n in range(6_000))
    assert set(seen) <= set(due)
    weights = [int(likely * 10**6) for likely in due.values()]
    assert chances.p_value([seen[sequence] for sequence in due], weights) > LEAST_P
    fresh = Counter(
        tuple(drawn(TWO, LEFT, [stream], empty_weight=1)[0] for stream in streams(3, nonce=f"n{n}"))
        for n in range(6_000)
    )  # the control: odds that nothing is taken from
    assert chances.p_value([fresh[sequence] for sequence in due], weights) < LEAST_P
