"""Values that are derived once: by one at a time, many at once where that is cheaper, and nothing of what has none."""

import pytest

from blindbox.common.once import KeptOnce


def squares(asked, *, most=10):
    def derive(key):
        asked.append(key)
        if key < 0:
            raise LookupError(key)
        return key * key

    return KeptOnce(derive, most=most)


def test_what_was_derived_is_kept_and_the_least_used_falls_out():
    asked = []
    kept = squares(asked, most=2)
    assert [kept(key) for key in (1, 2, 1, 3, 1, 2)] == [1, 4, 1, 9, 1, 4]
    assert asked == [1, 2, 3, 2]


def test_many_are_kept_at_once_up_to_the_most():
    asked = []
    kept = squares(asked, most=2)
    kept(1)
    assert kept.unknown([1, 2, 3]) == [2, 3]
    kept.keep({2: 4, 3: 9})
    assert (kept.unknown([1, 2, 3]), [kept(2), kept(3)], asked) == ([1], [4, 9], [1])


def test_what_has_no_value_is_not_remembered():
    """Anybody may ask for any number."""
    asked = []
    kept = squares(asked)
    for _ in range(2):
        with pytest.raises(LookupError):
            kept(-1)
    assert (asked, kept._deriving, kept._values) == ([-1, -1], {}, {})
