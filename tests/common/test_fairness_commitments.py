"""Terms, odds tables, card sessions and the public log."""

from datetime import UTC, datetime, timedelta, timezone
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blindbox.common import fairness

SECRET = bytes(range(32))


def test_terms_are_one_sorted_line_with_readable_chinese():
    assert fairness.terms_text({"b": "手办\n", "a": [1, {"z": None, "y": True}]}) == (
        '{"a":[1,{"y":true,"z":null}],"b":"手办\\n"}'
    )


@pytest.mark.parametrize("terms", [{"price": 1.0}, {"rewards": [{"odds": 0.5}]}, {1: "a"}, {"at": datetime.now(UTC)}])
def test_terms_that_json_could_write_in_two_ways_are_refused(terms):
    with pytest.raises(TypeError):
        fairness.terms_text(terms)


def test_a_commitment_changes_with_each_thing_it_binds():
    bound = [(21, "aa", "bb", SECRET), (22, "aa", "bb", SECRET), (21, "ab", "bb", SECRET), (21, "aa", "bc", SECRET)]
    commitments = {fairness.issue_commitment(*things) for things in bound}
    commitments.add(fairness.issue_commitment(21, "aa", "bb", bytes(32)))
    assert len(commitments) == 5


def test_an_issue_cannot_be_committed_with_the_hex_of_its_secret():
    with pytest.raises(ValueError):
        fairness.issue_commitment(21, "aa", "bb", SECRET.hex().encode())


def test_the_log_writes_moments_in_utc_with_six_digits():
    noon = datetime(2026, 3, 5, 12, tzinfo=timezone(timedelta(hours=8)))
    assert fairness.log_time(noon) == "2026-03-05T04:00:00.000000Z"
    assert fairness.log_time(noon + timedelta(microseconds=120)) == "2026-03-05T04:00:00.000120Z"


def test_a_moment_without_a_zone_does_not_enter_the_log():
    with pytest.raises(ValueError):
        fairness.log_time(datetime(2026, 3, 5, 12))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("roll", "reward"), [(0, 401), (4_999, 401), (5_000, 402), (99_999, 402), (100_000, 403), (999_999, 403)]
)
def test_a_roll_meets_the_first_reward_whose_running_sum_exceeds_it(roll, reward):
    assert fairness.pick([(401, 5_000), (402, 95_000), (403, 900_000)], roll) == reward


def test_a_reward_without_odds_is_never_met():
    assert [fairness.pick([(1, 0), (2, 1), (3, 0), (4, 1)], roll) for roll in (0, 1)] == [2, 4]


@pytest.mark.parametrize("roll", [-1, 2])
def test_a_roll_outside_the_table_is_refused(roll):
    with pytest.raises(ValueError):
        fairness.pick([(1, 1), (2, 1)], roll)


def test_a_member_has_another_name_in_each_issue():
    tags = {fairness.player_tag(issue, "ff" * 16) for issue in range(100)}
    assert len(tags) == 100
    assert {len(tag) for tag in tags} == {32}


@given(st.lists(st.integers(0, 5), max_size=40), st.integers(0, 12), st.integers(1, 3), st.randoms())
def test_the_order_of_removal_does_not_change_the_pairs(deck, hand, gain, rng):
    assert fairness.count_pairs(deck, hand, gain) == _play_card_by_card(deck, hand, gain, rng)


def _play_card_by_card(deck: list[int], hand: int, gain: int, rng: Random) -> int:
    table, rest, pairs = deck[:hand], deck[hand:], 0
    while open_types := [kind for kind in set(table) if table.count(kind) > 1]:
        kind = rng.choice(open_types)
        table.remove(kind)
        table.remove(kind)
        pairs += 1
        table, rest = table + rest[:gain], rest[gain:]
    return pairs


def test_a_nonce_without_a_value_is_a_dash():
    one = fairness.s3_roll(SECRET, "2026-03-05", 7, "o", 1, "u", None, 2**40)
    assert one == fairness.s3_roll(SECRET, "2026-03-05", 7, "o", 1, "u", "-", 2**40)
