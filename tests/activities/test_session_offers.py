"""What the tool says of an activity's sessions: none is offered that cannot be drawn from, none that runs is hidden."""

from datetime import timedelta

import pytest

from activities.services import closing
from activities.services.glue import drawing
from activities.services.glue.drawing import Remaining
from blindbox.system.audit import SYSTEM
from tests.factories.activities import NOW
from tests.factories.glue import HOUR, draw, make_tool, open_session

pytestmark = pytest.mark.django_db


def offered(activity, *, member_id=None, now=NOW):
    return drawing.offer(activity.serial_no, member_id=member_id, now=now)


def test_a_session_that_was_closed_early_offers_no_draws_and_shows_its_whole_range(member):
    activity = make_tool(config={"session_times_limit": 3, "daily": {"from": "00:00", "to": "24:00"}})
    issue = open_session(activity)
    draw(member, activity)
    [session] = offered(activity, member_id=member.pk).sessions
    assert session.remaining == Remaining(2)
    closing.close(issue_id=issue.pk, actor=SYSTEM, now=NOW, reason="停")
    [session] = offered(activity, member_id=member.pk).sessions
    assert session.remaining == Remaining(0)
    assert (session.window.start, session.window.end) == (issue.starts_at, issue.ends_at)


def hourly(activity, count):
    """Open sessions of an hour, the first 300 hours ago."""
    first = NOW - 300 * HOUR
    return [
        open_session(activity, starts_at=first + n * HOUR, ends_at=first + (n + 1) * HOUR, now=first - HOUR)
        for n in range(count)
    ]


def test_of_more_sessions_than_fit_those_on_and_to_come_are_shown_and_the_latest_before(monkeypatch):
    monkeypatch.setattr(drawing, "MOST_SESSIONS", 4)
    activity = make_tool(starts_at=NOW - timedelta(days=30))
    issues = hourly(activity, 8)
    at = issues[5].starts_at + timedelta(minutes=30)
    shown = [session.window.start for session in offered(activity, now=at).sessions]
    assert shown == [issue.starts_at for issue in issues[4:]]
    late = issues[-1].ends_at + HOUR
    assert [session.window.start for session in offered(activity, now=late).sessions] == shown
    early = issues[0].starts_at
    assert [each.window.start for each in offered(activity, now=early).sessions] == [i.starts_at for i in issues[:4]]


def test_a_closed_session_is_over_whatever_its_times_say(monkeypatch):
    monkeypatch.setattr(drawing, "MOST_SESSIONS", 1)
    activity = make_tool(starts_at=NOW - timedelta(days=30))
    first, second = hourly(activity, 2)
    closing.close(issue_id=first.pk, actor=SYSTEM, now=first.starts_at, reason="停")
    [session] = offered(activity, now=first.starts_at).sessions
    assert (session.window.start, session.remaining) == (second.starts_at, Remaining(None))
