"""
A database that fails at each statement and at each commit of a purchase and of a payment's settlement (T-12).

Whatever fails, the end is what it would have been without the fault, or nothing; and a repeat reaches it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from accounts.models import PointAccount, PointEntry
from activities.models import DrawBatch, DrawLog, IssueCounter
from blindbox.common import retry
from blindbox.common.invariants import violations
from blindbox.system.idempotency import KeyInFlight
from blindbox.system.models import OutboxMessage
from orders.enums import PayWith
from orders.models import InventoryItem, Order, Payment, Refund
from orders.payments import callbacks
from tests.factories.accounts import make_member
from tests.factories.activities import open_box, open_odds
from tests.factories.orders import buy, deliver, make_notice, purchase

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
DEADLOCK, LOCK_WAIT, SNAPSHOT, LOST = 1213, 1205, 1020, 2013
FAULTS = [(DEADLOCK, False), (LOCK_WAIT, False), (SNAPSHOT, False), (LOST, False), (LOST, True)]
NAMES = ["deadlock", "lock wait", "snapshot", "lost before", "lost after"]
DRAWS = 2


class StatementFault:
    """Fails the n-th statement, before or after the database did it."""

    def __init__(self, at: int, number: int, after: bool) -> None:
        self.at, self.number, self.after = at, number, after
        self.seen, self.fired = 0, False

    def __call__(self, execute: Callable[..., Any], *call: Any) -> Any:
        self.seen += 1
        if self.seen != self.at:
            return execute(*call)
        self.fired = True
        if self.after:
            execute(*call)
        if self.number == DEADLOCK:
            connection.connection.rollback()  # a deadlock undoes the whole transaction, savepoints too
        raise OperationalError(self.number, "planted")

    @contextmanager
    def planted(self) -> Iterator[None]:
        with connection.execute_wrapper(self):
            yield


class CommitFault:
    """Loses the connection at the n-th commit, before or after it took effect."""

    def __init__(self, at: int, after: bool) -> None:
        self.at, self.after = at, after
        self.seen, self.fired = 0, False

    @contextmanager
    def planted(self) -> Iterator[None]:
        database: Any = connection
        honest = database._commit

        def commit() -> None:
            self.seen += 1
            if self.seen != self.at:
                honest()
                return
            self.fired = True
            (database.connection.commit if self.after else database.connection.rollback)()
            raise OperationalError(LOST, "planted")

        database._commit = commit
        try:
            yield
        finally:
            database._commit = honest


def each_statement(number, after):
    return (StatementFault(at, number, after) for at in count(1))


def each_commit(after):
    return (CommitFault(at, after) for at in count(1))


EVERY_FAULT = [
    pytest.param(lambda each=each: each_statement(*each), id=name) for each, name in zip(FAULTS, NAMES, strict=True)
]
EVERY_FAULT += [pytest.param(lambda after=after: each_commit(after), id=f"commit, {after=}") for after in (False, True)]
ISSUES = [
    pytest.param(lambda: open_box(total=900, last=False, now=timezone.now()), id="box"),
    pytest.param(lambda: open_odds(now=timezone.now()), id="odds"),
]


def state_of(member):
    """Return all that one purchase leaves behind, as far as it does not depend on luck."""
    placed = Order.objects.filter(member=member)
    batches = DrawBatch.objects.filter(member=member)
    keys = [f"order:{pk}" for pk in placed.values_list("pk", flat=True)]
    keys += [f"batch:{pk}" for pk in batches.values_list("pk", flat=True)]
    entries = PointEntry.objects.filter(account__member=member)
    won = sum(entries.filter(reason="draw_prize").values_list("delta", flat=True))
    prizes = InventoryItem.objects.filter(member=member).count() + entries.filter(reason="draw_prize").count()
    return {
        "orders": list(placed.values_list("status", "paid_fen", "points_used")),
        "payments": list(Payment.objects.filter(order__member=member).values_list("status", "refunding_fen")),
        "refunds": Refund.objects.filter(order__member=member).count(),
        "batches": list(batches.values_list("status", "count")),
        "draws": DrawLog.objects.filter(member=member).count(),
        "prizes": prizes,
        "points": PointAccount.objects.get(member=member, kind="general").balance - won,
        "events": sorted(OutboxMessage.objects.filter(event_key__in=keys).values_list("topic", "subscriber")),
    }


def sold(issue):
    return IssueCounter.objects.values_list("sold", "reserved").get(pk=issue.pk)


# buying by points


def buy_by_points(member, issue):
    return purchase(member, issue, count=DRAWS, pay_with=PayWith.POINTS, key="k1", now=timezone.now())


def measured(issue):
    """Return the state before a purchase, and after one without faults."""
    member = make_member(points_balance=10_000)
    nothing = state_of(member)
    buy_by_points(member, issue)
    return nothing, state_of(member)


@pytest.mark.parametrize("make_issue", ISSUES)
@pytest.mark.parametrize("faults", EVERY_FAULT)
def test_a_purchase_by_points_happens_once_or_not_at_all(faults, make_issue):
    issue = make_issue()
    nothing, bought = measured(issue)
    for tried, fault in enumerate(faults(), start=1):
        member = make_member(points_balance=10_000)
        with fault.planted():
            refused = outcome_of(lambda member=member: buy_by_points(member, issue))
        if not fault.fired:
            break
        assert state_of(member) == (nothing if refused else bought) or _committed(fault, member, bought)
        buy_by_points(member, issue)  # the client's repeat, under the same key
        assert state_of(member) == bought
        assert sold(issue) == (DRAWS * (tried + 1), 0)
    assert tried > (1 if isinstance(fault, CommitFault) else 10)
    assert violations() == []


def outcome_of(operation):
    """Return the refusal that reached the caller, if one did."""
    try:
        operation()
    except (OperationalError, KeyInFlight) as refused:
        return refused
    return None


def _committed(fault, member, bought):
    """Tell whether the caller was not told of a success: only where the answer was lost after the fact."""
    return fault.after and state_of(member) == bought


def test_control_without_a_stable_key_a_lost_commit_buys_twice(monkeypatch):
    issue = open_box(total=900, last=False, now=timezone.now())
    member, fault = make_member(points_balance=10_000), CommitFault(1, after=True)

    def careless():
        purchase(member, issue, count=DRAWS, pay_with=PayWith.POINTS, now=timezone.now())

    monkeypatch.setattr(retry, "LOST_CONNECTION", set())  # each call is one try, as a client without keys has it
    with fault.planted():
        assert outcome_of(careless) is not None
        careless()
    assert Order.objects.filter(member=member).count() == 2


# settling what WeChat's notice says


def place(issue):
    """Return an order whose notice is stored and waits for a worker."""
    order = buy(make_member(), issue, count=DRAWS, now=timezone.now())
    callbacks.record(make_notice(order, now=timezone.now()), gateway="wechat_v3", now=timezone.now())
    return order


def work(**after):
    deliver(now=timezone.now() + timedelta(**after))


@pytest.mark.parametrize("make_issue", ISSUES)
@pytest.mark.parametrize("faults", EVERY_FAULT)
def test_a_notice_is_settled_once_whatever_fails_on_the_way(faults, make_issue):
    issue = make_issue()
    reference = place(issue)
    work()
    settled = state_of(reference.member)
    assert settled["orders"] == [("completed", 6000 * DRAWS, 0)]
    for tried, fault in enumerate(faults(), start=1):
        order = place(issue)
        with fault.planted():
            outcome_of(work)
        if not fault.fired:
            break
        assert violations(["P1", "P2", "P3", "P4", "P5", "D2", "D11", "X3"]) == []
        for minutes in (2, 4, 6):  # the lease of a worker that died runs out, what was put back comes due
            work(minutes=minutes)
        assert state_of(order.member) == settled
        assert sold(issue) == (DRAWS * (tried + 1), 0)
    assert tried > (3 if isinstance(fault, CommitFault) else 20)
    assert not OutboxMessage.objects.waiting().exists()
    assert violations() == []
