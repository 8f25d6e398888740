"""A member's limits of a day under simultaneous purchases of different issues; with a control that reads first."""

from functools import partial

import pytest
from django.db.models import F

from activities.errors import LimitReached
from activities.models import DrawAllowance, DrawBatch, DrawLog, IssueCounter
from activities.services import allowances
from blindbox.common.invariants import violations
from blindbox.system.audit import SYSTEM
from blindbox.system.configs import change
from orders.models import Order
from tests.factories.accounts import make_member
from tests.factories.draws import buy, hold, pay
from tests.factories.odds import open_issue_of
from tests.factories.orders import deliver
from tests.races.conftest import Meeting, run_together
from tests.races.paying import errors

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
LIMITS = {"day_draws": 5, "day_fen": 30_000}


@pytest.fixture
def issues(now):
    return [open_issue_of([("C", 1_000_000)], name=f"活动 {n}", now=now) for n in range(12)]


def limit(kind, now):
    change(key=f"protection.adult_{kind}", value=LIMITS[kind], actor=SYSTEM, now=now)


def day(member):
    return DrawAllowance.objects.values_list("draws", "spent_fen").get(member=member, period__startswith="D")


@pytest.mark.parametrize("before", [0, 1], ids=["the first of the day", "after another"])
@pytest.mark.parametrize("kind", LIMITS)
def test_of_twelve_orders_for_different_issues_as_many_are_held_as_the_day_allows(issues, now, kind, before):
    limit(kind, now)
    member = make_member()
    orders = [hold(member, issue, 1, now=now) for issue in issues[:before]]
    results = run_together(*[partial(hold, member, issue, 1, now=now) for issue in issues[before:]])
    orders += [result for result in results if isinstance(result, int)]
    assert errors(results, LimitReached) == errors(results, Exception) == 7
    assert {result.details["kind"] for result in results if isinstance(result, LimitReached)} == {kind}
    assert (day(member), Order.objects.count(), DrawBatch.objects.count()) == ((5, 30_000), 5, 5)
    for order_id in orders:
        pay(order_id, now=now)
    deliver(now=now)
    assert (DrawLog.objects.count(), sum(IssueCounter.objects.values_list("reserved", flat=True))) == (5, 0)
    assert violations() == []


def test_paid_in_points_only_the_draws_count(issues, now):
    limit("day_draws", now)
    limit("day_fen", now)
    member = make_member(points_balance=100_000)
    results = run_together(*[partial(buy, member, issue, 1, now=now) for issue in issues])
    assert errors(results, LimitReached) == errors(results, Exception) == 7
    assert (day(member), DrawLog.objects.count()) == ((5, 0), 5)
    deliver(now=now)
    assert violations() == []


@pytest.mark.parametrize("kind", LIMITS)
def test_control_an_allowance_that_is_read_first_is_passed(issues, now, monkeypatch, kind):
    limit(kind, now)
    member = make_member()
    hold(member, issues[0], 1, now=now)
    meeting, asked = Meeting(11), {"day_draws": 1, "day_fen": 6_000}[kind]

    def take(bought, most):
        if meeting.look(allowances.used, bought.member_id, now=now)[kind] + asked > getattr(most, kind):
            raise LimitReached(kind=kind, label="", limit=0, used=0)
        mine = DrawAllowance.objects.filter(member_id=bought.member_id, period__in=bought.periods)
        mine.update(draws=F("draws") + bought.draws, spent_fen=F("spent_fen") + bought.fen)

    monkeypatch.setattr(allowances, "take", take)
    results = run_together(*[partial(hold, member, issue, 1, now=now) for issue in issues[1:]])
    assert errors(results, Exception) == 0
    assert day(member) == (12, 72_000)
