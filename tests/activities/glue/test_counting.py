"""Both limits of a member are counted by one statement; the one that refuses is named exactly."""

from datetime import timedelta

import pytest

from activities.errors import LimitReached
from activities.models import SessionTally
from tests.factories.activities import NOW
from tests.factories.draws import take
from tests.factories.glue import DAY, counts, draw, make_tool, open_session

pytestmark = pytest.mark.django_db


def open_with(times, session_times):
    activity = make_tool(config={"times_limit": times, "daily": {"from": "00:00", "to": "24:00"}})
    return activity, open_session(activity, config={"times_limit": session_times})


def tallies():
    return dict(SessionTally.objects.values_list("subject", "used"))


def refused(draws):
    """Return what a refused draw said; it left nothing behind."""
    before = (counts(), tallies())
    with pytest.raises(LimitReached) as refusal:
        draws()
    assert (counts(), tallies()) == before
    return tuple(refusal.value.details[name] for name in ("kind", "limit", "used"))


@pytest.mark.parametrize(
    ("times", "session_times", "said"),
    [
        (3, 2, ("session_times", 2, 2)),  # the activity's would be full with this draw, but it is not
        (2, 3, ("activity_times", 2, 2)),  # the session's would be
        (2, 2, ("activity_times", 2, 2)),  # both are: the activity's is checked first
        (2, 0, ("activity_times", 2, 2)),
        (0, 2, ("session_times", 2, 2)),
    ],
)
def test_after_two_draws_the_limit_that_refuses_is_named(member, times, session_times, said):
    activity, _ = open_with(times, session_times)
    for _ in range(2):
        draw(member, activity)
    assert refused(lambda: draw(member, activity)) == said


@pytest.mark.parametrize(
    ("times", "session_times", "said"),
    [
        (5, 1, ("session_times", 1, 1)),  # the fifth of the activity, were it not the second of the day
        (4, 2, ("activity_times", 4, 4)),  # the second of the day, were it not the fifth of the activity
    ],
)
def test_on_the_fourth_day_too(member, times, session_times, said):
    activity, _ = open_with(times, session_times)
    days = [NOW + DAY * n for n in range(2)] if session_times == 2 else [NOW]
    for day in days:
        for n in range(session_times):
            draw(member, activity, now=day + timedelta(minutes=n))
    if times == 5:
        SessionTally.objects.filter(subject__startswith="activity:").update(used=4)  # of other sessions
    assert refused(lambda: draw(member, activity, now=days[-1] + timedelta(hours=1))) == said


@pytest.mark.parametrize(
    ("times", "session_times", "said"), [(9, 4, ("session_times", 4, 0)), (4, 9, ("activity_times", 4, 0))]
)
def test_a_first_order_that_is_too_large_is_refused(member, times, session_times, said):
    _, issue = open_with(times, session_times)
    assert refused(lambda: take(member, issue, 5, now=NOW)) == said


def test_the_first_order_of_another_session_that_is_too_large_is_refused(member):
    activity, issue = open_with(6, 4)
    draw(member, activity)
    assert refused(lambda: take(member, issue, 5, now=NOW + DAY)) == ("session_times", 4, 0)
    assert refused(lambda: take(member, issue, 6, now=NOW + DAY)) == ("activity_times", 6, 1)


@pytest.mark.parametrize(
    ("times", "says"), [(3, "超出本场次抽奖次数的上限，还可 2 次"), (1, "超出本场次抽奖次数的上限，还可 0 次")]
)
def test_a_limit_that_would_be_exceeded_says_what_is_left(member, times, says):
    activity, issue = open_with(0, times)
    draw(member, activity)
    with pytest.raises(LimitReached) as refusal:
        take(member, issue, 10, now=NOW)
    assert (str(refusal.value), refusal.value.details["left"]) == (says, says.rpartition("还可 ")[2])
