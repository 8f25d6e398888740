"""The published odds are the odds: by exact enumeration for the deck, by chi-square with a fixed seed for rolls."""

from collections import Counter
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.gameplay import registry
from activities.gameplay.base import DrawContext, Prize, Terms
from activities.models import DrawLog, IssueCounter, Reward
from activities.services import chances, odds, opening
from blindbox.common import fairness
from blindbox.system.audit import SYSTEM
from tests.factories.activities import NOW, make_activity, make_draft, open_box, open_odds
from tests.factories.draws import buy, open_box_of_all_positions

LEAST_P = 1e-6
SECRET = bytes(range(32))


def weighted(table):
    prizes = [Prize(id_, "A", "奖", "points", "ticket", None, ppm) for id_, ppm in table]
    return Terms(
        issue_id=22, activity_id=1, title="", gameplay="infinite", algorithm="weighted/1", price_fen=1, price_points=1,
        bundle_prices={}, total=None, endgame=0, hold_seconds=180, largest_order=10, starts_at=NOW, ends_at=None,
        prizes=prizes,
    )  # fmt: skip


def test_every_roll_meets_the_reward_whose_share_it_lies_in():
    table = [(401, 5_000), (402, 95_000), (403, 900_000)]
    play, terms = registry.get("infinite"), weighted(table)
    edges = {0: 401, 4_999: 401, 5_000: 402, 99_999: 402, 100_000: 403, 999_999: 403}
    results = play.draw(DrawContext(terms, len(edges), rolls=list(edges)))
    assert [(result.reward_id, result.roll) for result in results] == [(id_, roll) for roll, id_ in edges.items()]


def test_all_rolls_together_are_exactly_the_odds():
    table = [(401, 5_000), (402, 95_000), (403, 900_000)]
    met = Counter(fairness.pick(table, roll) for roll in range(1_000_000))
    assert met == dict(table)


def test_weighted_draws_meet_the_published_odds():
    table = [(401, 5_000), (402, 95_000), (403, 900_000)]
    rolls = [fairness.weighted_roll(SECRET, "roll", "2026-03-05", 22, "p", seq, "n") for seq in range(20_000)]
    results = registry.get("infinite").draw(DrawContext(weighted(table), len(rolls), rolls=rolls))
    met = Counter(result.reward_id for result in results)
    assert chances.p_value([met[id_] for id_, _ in table], [ppm for _, ppm in table]) > LEAST_P


def test_every_place_of_a_box_is_as_likely_for_every_prize():
    """The shuffle gives each of the 24 orders of four tickets once for each of the 24 ways to swap."""
    orders = Counter(shuffled(swaps) for swaps in ((a, b, c) for a in range(4) for b in range(3) for c in range(2)))
    assert orders == dict.fromkeys(permutations((1, 2, 3, 4)), 1)


class Given:
    """A stream that says what it is told."""

    def __init__(self, numbers):
        self.numbers = list(numbers)

    def below(self, n):
        number = self.numbers.pop(0)
        assert 0 <= number < n
        return number


def shuffled(swaps):
    return tuple(fairness.shuffle((1, 2, 3, 4), Given(swaps)))


def test_over_many_secrets_the_rare_ticket_lies_everywhere():
    places = Counter(
        fairness.build_deck(seed.to_bytes(32, "big"), 21, [(1, 1), (2, 9)]).index(1) for seed in range(5_000)
    )
    assert chances.p_value([places[place] for place in range(10)], [100_000] * 10) > LEAST_P


@pytest.mark.parametrize(
    ("statistic", "freedom", "p"), [(3.841, 1, 0.05), (5.991, 2, 0.05), (7.815, 3, 0.05), (18.307, 10, 0.05), (0, 4, 1)]
)
def test_the_survival_function_agrees_with_the_tables(statistic, freedom, p):
    assert chances._survival(statistic, freedom) == pytest.approx(p, abs=2e-5)


def test_a_biased_result_is_found_out():
    assert chances.p_value([60, 40], [900_000, 100_000]) < LEAST_P
    assert chances.p_value([90, 10], [900_000, 100_000]) == 1.0
    assert chances.p_value([0, 0], [900_000, 100_000]) == 1.0
    assert chances.p_value([3, 0, 1], [900_000, 50_000, 50_000]) == 1.0


@pytest.fixture
def offers(db):
    """The offers of an issue by level: remaining, live odds, initial odds."""

    def told(issue):
        issue.counter = IssueCounter.objects.get(pk=issue.pk)
        found = odds.offers(issue)
        return {each.reward.level: (each.remaining, each.odds_ppm, each.initial_odds_ppm) for each in found}

    return told


def test_a_boxs_odds_live_with_what_is_left(member, offers):
    issue = open_box_of_all_positions()
    extras = {"LAST": (1, None, None), "G": (2, None, None), "FIRST": (1, None, None)}
    assert offers(issue) == {
        "A": (1, 90_909, 90_909), "B": (3, 272_727, 272_727), "C": (7, 636_364, 636_364), **extras,
    }  # fmt: skip
    buy(member, issue, 10, now=NOW)
    left = offers(issue)
    drawn = Counter(Reward.objects.get(pk=pk).level for pk in _drawn(issue))
    for level, quantity, initial in (("A", 1, 90_909), ("B", 3, 272_727), ("C", 7, 636_364)):
        remaining = quantity - drawn[level]
        assert left[level] == (remaining, remaining * 1_000_000, initial)
    buy(member, issue, 1, now=NOW)
    assert {level: entry[:2] for level, entry in offers(issue).items()} == {
        "A": (0, 0), "B": (0, 0), "C": (0, 0), "LAST": (0, None), "G": (0, None), "FIRST": (0, None),
    }  # fmt: skip


def _drawn(issue):
    return DrawLog.objects.filter(issue=issue, is_bonus=False).values_list("reward_id", flat=True)


def test_odds_of_a_box_add_up_while_somebody_buys(member, offers, monkeypatch):
    """The counter may be older than the draws that are counted."""
    issue = open_box(total=20)
    stale = IssueCounter.objects.get(pk=issue.pk)
    buy(member, issue, 10, now=NOW)
    issue.counter = stale
    assert sum(each.odds_ppm or 0 for each in odds.offers(issue)) == 1_000_000


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=40))
def test_odds_of_a_box_are_exactly_a_whole_whatever_is_left(left):
    found = odds._odds(dict(enumerate(left)))
    if not any(left):
        assert set(found.values()) == {0}
        return
    assert sum(found.values()) == 1_000_000
    for index, remaining in enumerate(left):
        assert abs(found[index] * sum(left) - remaining * 1_000_000) < sum(left)  # less than one millionth off
        assert remaining or not found[index]


def test_thirds_add_up(member, offers):
    rewards = [
        {"kind": "points", "points": 1, "level": level, "name": "奖", "quantity": 1, "sort": sort}
        for sort, level in enumerate("ABC")
    ]
    issue = opening.open_issue(issue_id=make_draft(make_activity(), rewards).pk, actor=SYSTEM, now=NOW)
    assert [offers(issue)[level][1:] for level in "ABC"] == [(333_334, 333_334), (333_333, 333_333), (333_333, 333_333)]
    buy(member, issue, 1, now=NOW)
    assert sorted(entry[1] for entry in offers(issue).values()) == [0, 500_000, 500_000]


def test_weighted_odds_never_move(member, offers):
    issue = open_odds()
    before = offers(issue)
    assert before == {"A": (None, 5_000, 5_000), "B": (None, 95_000, 95_000), "C": (None, 900_000, 900_000)}
    buy(member, issue, 10, now=NOW)
    assert offers(issue) == before
