"""Fen are whole, and no split loses or makes one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blindbox.common.money import split, yuan


@given(
    total=st.integers(-(10**12), 10**12),
    weights=st.lists(st.integers(0, 10**9), min_size=1, max_size=30).filter(any),
)
def test_the_parts_of_a_split_sum_to_the_whole_and_are_fair_to_the_fen(total: int, weights: list[int]):
    parts = split(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - total * weight) < sum(weights)
        assert weight or not part


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (101, [1, 1, 1], [34, 34, 33]),
        (5, [0, 3, 0], [0, 5, 0]),
        (0, [1, 2], [0, 0]),
        (10, [1, 6, 3], [1, 6, 3]),
        (10, [1, 2, 4], [1, 3, 6]),
    ],
)
def test_the_largest_remainder_gets_the_odd_fen_and_ties_go_first(total: int, weights: list[int], parts: list[int]):
    assert split(total, weights) == parts


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [1, -1], [5, -1]])
def test_there_must_be_something_to_weigh_by(weights: list[int]):
    with pytest.raises(ValueError, match="weights"):
        split(100, weights)


@pytest.mark.parametrize(("fen", "text"), [(6000, "¥60.00"), (1, "¥0.01"), (0, "¥0.00"), (-105, "-¥1.05")])
def test_people_read_yuan(fen: int, text: str):
    assert yuan(fen) == text
