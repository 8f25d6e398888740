"""Lines, streams and shuffles: unambiguous, unbiased, complete."""

from collections import Counter
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blindbox.common.fairness import Stream, join, shuffle
from blindbox.common.fairness.streams import WORD_RANGE, uniform

SECRET = bytes(range(32))
lines = st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), min_size=1), min_size=1)


@given(lines, lines)
def test_different_fields_never_give_the_same_bytes(one, other):
    assert (join(*one) == join(*other)) == (one == other)


def test_integers_are_decimal_and_bytes_are_lower_case_hex():
    assert join("手办", 21, b"\xab\x01") == "手办\n21\nab01".encode()


@pytest.mark.parametrize("fields", [(), ("",), ("a", ""), ("a\nb",), (b"",)])
def test_an_empty_or_broken_line_is_refused(fields):
    with pytest.raises(ValueError):
        join(*fields)


@pytest.mark.parametrize("field", [True, 1.5, None])
def test_a_field_that_has_several_spellings_is_refused(field):
    with pytest.raises(TypeError):
        join("a", field)


@pytest.mark.parametrize("secret", [b"", bytes(31), bytes(33), SECRET.hex()])
def test_a_secret_is_32_raw_bytes(secret):
    with pytest.raises(ValueError):
        Stream(secret, "a")


@pytest.mark.parametrize("n", [0, -1, WORD_RANGE + 1])
def test_a_range_that_a_word_cannot_cover_is_refused(n):
    with pytest.raises(ValueError):
        uniform(iter([0]), n)


@given(st.integers(1, WORD_RANGE))
def test_the_first_and_the_last_value_are_reachable(n):
    last_accepted = WORD_RANGE - WORD_RANGE % n - 1
    assert uniform(iter([0]), n) == 0
    assert uniform(iter([last_accepted]), n) == n - 1


@given(st.integers(1, WORD_RANGE - 1).filter(lambda n: WORD_RANGE % n))
def test_the_first_word_past_the_last_full_run_is_skipped(n):
    assert uniform(iter([WORD_RANGE - WORD_RANGE % n, WORD_RANGE - 1, 0]), n) == 0


def test_a_range_where_modulo_would_favour_its_first_third_is_even():
    n = 3 * 2**62  # word % n would fall below 2^62 half of the time
    draws = Stream(SECRET, "bias").below_many(n, 3000)
    assert 870 < sum(u < 2**62 for u in draws) < 1130  # 1000 ± 5 σ; with modulo bias 1500


def test_a_stream_is_the_same_in_one_piece_and_in_many():
    stream = Stream(SECRET, "a", 1)
    assert [stream.below(1000) for _ in range(9)] == Stream(SECRET, "a", 1).below_many(1000, 9)


def test_other_lines_and_other_secrets_give_other_numbers():
    streams = [Stream(SECRET, "a", 1), Stream(SECRET, "a", 2), Stream(SECRET, "a", 1, 0), Stream(bytes(32), "a", 1)]
    assert len({stream.below(WORD_RANGE) for stream in streams}) == 4


@given(st.lists(st.integers()), st.integers(0))
def test_a_shuffle_loses_and_adds_nothing(items, issue):
    assert Counter(shuffle(items, Stream(SECRET, issue))) == Counter(items)


def test_every_order_of_three_is_equally_likely():
    seen = Counter(tuple(shuffle([1, 2, 3], Stream(SECRET, issue))) for issue in range(6000))
    assert set(seen) == set(permutations([1, 2, 3]))
    assert all(856 < times < 1144 for times in seen.values())  # 1000 ± 5 σ
