"""The visitors themselves: whatever a dying server leaves of its answer, they ask again."""

import pytest

from tests.factories.raw_answers import CUT_SHORT, WHOLE, answering
from tests.faults.visitors import insist


@pytest.mark.parametrize("cut", CUT_SHORT.values(), ids=CUT_SHORT)
def test_an_answer_cut_short_is_asked_for_again(cut):
    with answering(cut, WHOLE) as url:
        assert insist("POST", url, {}) == (200, {})
