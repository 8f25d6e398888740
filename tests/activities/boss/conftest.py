"""A Boss that stands, and members who can draw."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Member
from activities.models import BossSeason, Issue
from tests.factories.boss import issue_of, make_season


@pytest.fixture
def season(db: None) -> BossSeason:
    """100 hp, one damage a draw, sixty a day at most."""
    return make_season()


@pytest.fixture
def issue(season: BossSeason) -> Issue:
    return issue_of(season)


@pytest.fixture
def rich(make_member: Callable[..., Member]) -> Callable[..., Member]:
    """Make members with a million points."""

    def make(**columns: Any) -> Member:
        return make_member(points_balance=1_000_000, **columns)

    return make
