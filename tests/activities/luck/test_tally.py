"""The measures of luck: exact on small cases, never quicker to accuse than the true chance allows."""

import math
from fractions import Fraction
from itertools import permutations, product

import pytest

from activities.services.luck.judges import _Box, _Sale
from activities.services.luck.tally import RARE, Tally, outlook

A, C = 1, 2
HIT = outlook([(10_000, 0.005), (0, 0.995)])  # one prize of ¥100 at 0.5 %


def of_hits(hits: int, draws: int) -> Tally:
    tally = Tally()
    tally.add(10_000, HIT, times=hits)
    tally.add(0, HIT, times=draws - hits)
    return tally


def test_an_outlook_is_mean_variance_and_highest():
    found = outlook([(100, 1), (10, 3), (500, 0)])
    assert (found.mean, found.variance, found.most) == (32.5, 1518.75, 100)


def test_draws_add_up():
    tally = of_hits(1, 10)
    assert (tally.draws, tally.surprise, tally.reach) == (10, pytest.approx(10_000 - 500), 9_950)
    assert tally.variance == pytest.approx(10 * 0.005 * 0.995 * 10_000**2)
    assert tally.z == pytest.approx(9_500 / math.sqrt(tally.variance))


@pytest.mark.parametrize(
    ("hits", "draws", "suspicious"),
    [
        (0, 10, False),
        (1, 1, False),
        (2, 10, False),
        (5, 10, True),
        (10, 10, True),
        (60, 10_000, False),
        (110, 10_000, True),
    ],
)
def test_a_rare_prize_early_is_luck_and_many_of_them_are_not(hits, draws, suspicious):
    assert of_hits(hits, draws).is_suspicious is suspicious


def test_one_lucky_hit_is_fourteen_deviations_and_still_nothing():
    tally = of_hits(1, 1)
    assert (round(tally.z), tally.is_suspicious) == (14, False)


def test_nothing_left_to_chance_accuses_nobody():
    tally = Tally()
    tally.add(500, outlook([(500, 1)]), times=1000)
    assert (tally.z, tally.chance, tally.is_suspicious) == (0.0, 1.0, False)


@pytest.mark.parametrize("draws", [1, 5, 20, 200])
def test_the_bound_is_never_below_the_true_chance(draws):
    """So nobody is accused of what happens more often than the bound says."""
    for hits in range(1, min(draws, 12) + 1):
        p = Fraction(5, 1000)
        tail = sum(math.comb(draws, k) * p**k * (1 - p) ** (draws - k) for k in range(hits, draws + 1))
        assert of_hits(hits, draws).chance >= float(tail)


def test_in_the_long_run_it_agrees_with_five_deviations():
    coin = outlook([(100, 1), (0, 1)])
    for z, suspicious in ((4.9, False), (6.0, True)):
        tally = Tally()
        tally.add(100, coin, times=500_000)
        tally.add(0, coin, times=500_000 - round(z * 1000))
        assert (tally.z == pytest.approx(z, abs=0.1), tally.is_suspicious) == (True, suspicious)
    assert pytest.approx(math.erfc(5 / math.sqrt(2)) / 2, rel=0.02) == RARE


class Promised:
    """A box of four tickets with two extras of hidden places, as its terms state them."""

    total, issue_id = 4, 1

    class _Prize:
        def __init__(self, pk, position, quantity, value):
            self.id, self.position, self.quantity, self.reference_value_fen = pk, position, quantity, value

    prizes = (_Prize(A, "ticket", 1, 100), _Prize(C, "ticket", 3, 10), _Prize(3, "global", 2, 40),
              _Prize(4, "first", 1, 70), _Prize(5, "last", 1, 999))  # fmt: skip


def test_over_every_order_of_a_box_the_surprise_is_zero_and_the_variance_its_square():
    """Every deck and every place of the extras, each equally likely: a member who buys the second and third ticket."""
    surprises, variances = [], []
    for deck in permutations([A, C, C, C]):
        for first_global, second_global, first in product(range(1, 5), range(1, 5), range(1, 3)):
            at = {3: [first_global, second_global], 4: [first], 5: [4]}
            box, mine = _Box(Promised), Tally()
            for number, reward_id in enumerate(deck, start=1):
                extras = tuple(pk for pk, places in at.items() for place in places if place == number)
                before, value = box.before(number), box.take(_Sale(1, reward_id, extras))
                if number in (2, 3):
                    mine.add(value, before)
            surprises.append(mine.surprise)
            variances.append(mine.variance)
    assert len(surprises) == 24 * 32
    assert math.fsum(surprises) == pytest.approx(0, abs=1e-6)
    squares = math.fsum(surprise**2 for surprise in surprises)
    assert squares == pytest.approx(math.fsum(variances))
    assert squares > 0
