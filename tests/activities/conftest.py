"""Members who draw, and boxes to draw from."""

from collections.abc import Callable

import pytest

from accounts.models import Member
from activities.models import Issue
from tests.factories.activities import open_box, open_odds


@pytest.fixture
def member(make_member: Callable[..., Member]) -> Member:
    """A member with a million points."""
    return make_member(points_balance=1_000_000)


@pytest.fixture
def box(db: None) -> Issue:
    """An open box of twenty tickets with a Last prize."""
    return open_box(total=20)


@pytest.fixture
def odds(db: None) -> Issue:
    """An open weighted issue."""
    return open_odds()
