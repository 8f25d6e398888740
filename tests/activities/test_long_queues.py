"""A long queue of a box that was left alone: each turn ends as it would have, in as many statements as a short one."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activities import store
from activities.models import BoxTurn, IssueCounter
from activities.services import box_turns, terms
from blindbox.common.retry import in_transaction
from tests.factories.activities import NOW, open_box
from tests.factories.draws import buy

pytestmark = pytest.mark.django_db
T, SECOND = timedelta(seconds=120), timedelta(seconds=1)


@pytest.fixture
def queue_of(make_member):
    """Put members into a box's queue, the first of whom holds it."""

    def fill(issue, count):
        members = [make_member(points_balance=100_000) for _ in range(count)]
        turns = [
            BoxTurn(issue=issue, member=member, place=n + 1, slot=1, joined_at=NOW) for n, member in enumerate(members)
        ]
        BoxTurn.objects.bulk_create(turns)
        pass_on(issue, NOW)
        return members

    return fill


@in_transaction
def pass_on(issue, now):
    store.take(issue.pk)
    return box_turns.pass_on(terms.of_issue(issue.pk), now=now)


def lockable(name="锁箱"):
    return open_box(total=100, last=False, config={"box_lock": True}, name=name)


def test_as_many_statements_for_many_turns_as_for_few(queue_of):
    counts = []
    for count in (3, 60):
        issue = lockable(f"{count}")
        queue_of(issue, count)
        with CaptureQueriesContext(connection) as queries:
            found = pass_on(issue, NOW + timedelta(days=1))
        assert (len(found.passed), found.queue) == (count, [])
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_each_turn_ends_at_its_own_end_and_who_bought_gets_no_strike(queue_of):
    issue = lockable()
    first, second, third, fourth = queue_of(issue, 4)
    buy(first, issue, 1, now=NOW + SECOND)
    pass_on(issue, NOW + 3 * T)
    rows = BoxTurn.objects.filter(issue=issue).order_by("place")
    found = list(rows.values_list("member_id", "slot", "starts_at", "until", "ended_at", "lapsed_at"))
    assert found == [
        (first.pk, None, NOW, NOW + T, NOW + T, None),
        (second.pk, None, NOW + T, NOW + 2 * T, NOW + 2 * T, NOW + 2 * T),
        (third.pk, None, NOW + 2 * T, NOW + 3 * T, NOW + 3 * T, NOW + 3 * T),
        (fourth.pk, 1, NOW + 3 * T, NOW + 4 * T, None, None),
    ]
    counter = IssueCounter.objects.get(pk=issue.pk)
    assert (counter.locked_by, counter.locked_until) == (fourth.pk, NOW + 4 * T)


def test_a_turn_that_was_ended_meanwhile_is_left_as_it_is(queue_of):
    """Nobody without the counter's row ends a turn; should it happen, the end that was written stays."""
    issue = lockable()
    [member] = queue_of(issue, 1)
    queue = box_turns.standing(terms.of_issue(issue.pk), now=NOW).queue
    BoxTurn.objects.filter(member=member).update(slot=None, ended_at=NOW)
    box_turns._end(issue.pk, {queue[0]: NOW + SECOND})
    assert BoxTurn.objects.values_list("ended_at", "lapsed_at").get(member=member) == (NOW, None)
