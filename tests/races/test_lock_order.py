"""The order of locks: what meets on the same rows waits for each other; no deadlock has to be undone and retried."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection

from activities import store
from activities.models import IssueCounter, SessionDraw
from activities.services import allowances, holds, refunding
from activities.services.allocators.deck import Deck
from activities.services.allowances import Bought
from activities.services.glue import delivering
from blindbox.common.invariants import violations
from blindbox.system.audit import SYSTEM
from orders.services import lifecycle
from tests.factories.accounts import make_member
from tests.factories.activities import NOW, open_box
from tests.factories.draws import CHECKS, buy, hold, pay, settle
from tests.factories.glue import SURE, draw, make_tool, open_session
from tests.races.conftest import Meeting, run_together

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
MINUTE = timedelta(minutes=1)
DEADLOCK = 1213


class Deadlocks:
    """Counts what the database undid on the connections that it watches, however often the unit is then retried."""

    def __init__(self):
        self.seen = 0

    def _watch(self, execute, sql, params, many, context):
        try:
            return execute(sql, params, many, context)
        except OperationalError as error:
            self.seen += error.args[0] == DEADLOCK
            raise

    def watched(self, unit):
        def run():
            with connection.execute_wrapper(self._watch):
                return unit()

        return run


@contextmanager
def meeting_after(monkeypatch, *names) -> Iterator[None]:
    """Let units that have done these wait for each other: with locks in one order one of them never comes so far."""
    meeting = Meeting(len(names), patience_seconds=1)
    for owner, name in names:
        done = getattr(owner, name)

        def then_meet(*args, _done=done, **named):
            answer = _done(*args, **named)
            meeting.wait()
            return answer

        monkeypatch.setattr(owner, name, then_meet)
    yield


def lapsed(member, issue):
    """Return a hold that has lapsed and waits to be released."""
    order_id = hold(member, issue, 2, now=NOW)
    lifecycle.close_if_expired(order_id=order_id, now=NOW + 4 * MINUTE)
    return order_id


def release_and_buy(monkeypatch, first_of_release):
    """Release a hold while its member buys of the same box, each with its first lock; count the deadlocks."""
    member, issue, deadlocks = make_member(points_balance=600), open_box(total=20), Deadlocks()
    release = partial(holds.release, order_id=lapsed(member, issue), now=NOW + 5 * MINUTE)
    with meeting_after(monkeypatch, (allowances, "take"), first_of_release):
        results = run_together(*map(deadlocks.watched, [release, partial(buy, member, issue, 1, now=NOW)]))
    assert [result for result in results if isinstance(result, Exception)] == []
    assert IssueCounter.objects.values_list("sold", "reserved").get() == (1, 0)
    assert violations(CHECKS) == []
    return deadlocks.seen


def test_a_release_and_a_purchase_of_the_same_member_do_not_deadlock(monkeypatch):
    assert release_and_buy(monkeypatch, (allowances, "give_back")) == 0


def test_control_a_release_that_takes_the_counter_first_deadlocks(monkeypatch):
    """What the member may buy is given back only after batch and counter, as it was once."""
    give_back, release = allowances.give_back, Deck.release

    def then_give_back(self, ask, *, now):
        freed = release(self, ask, now=now)
        give_back(Bought(ask.member_id, ask.count, 12_000, NOW))
        return freed

    monkeypatch.setattr(allowances, "give_back", lambda bought: None)
    monkeypatch.setattr(Deck, "release", then_give_back)
    assert release_and_buy(monkeypatch, (store, "release")) >= 1


@pytest.mark.parametrize("other", ["buy", "late"])
def test_a_refund_does_not_deadlock_with_what_the_same_member_buys(other):
    """Ten rounds without any staging: whatever meets, waits."""
    issue, deadlocks = open_box(total=200, last=False), Deadlocks()
    member = make_member(points_balance=60_000)
    for _ in range(10):
        drawn = buy(member, issue, 2, now=NOW)
        late = lapsed(member, issue)
        holds.release(order_id=late, now=NOW + 5 * MINUTE)
        pay(late, now=NOW + 6 * MINUTE)
        refund = partial(refunding.refund_order, order_id=drawn, reason="破损", actor=SYSTEM, now=NOW)
        bought = {"buy": partial(buy, member, issue, 1, now=NOW), "late": partial(settle, late, now=NOW)}[other]
        results = run_together(*map(deadlocks.watched, [refund, bought]))
        assert [result for result in results if isinstance(result, Exception)] == []
        if other == "buy":
            settle(late, now=NOW)
    assert deadlocks.seen == 0
    assert violations(CHECKS) == []


def deliver_and_refund(monkeypatch, now):
    """Deliver the points that a draw of the tool won while it is refunded, each with its first lock."""
    member, tool, deadlocks = make_member(points_balance=600), make_tool(price_points=600, now=now), Deadlocks()
    open_session(tool, SURE, now=now)
    draw(member, tool, now=now)
    batch = SessionDraw.objects.get().batch
    deliver = partial(delivering.deliver, batch_id=batch.pk, now=now)
    refund = partial(refunding.refund_order, order_id=batch.order_id, reason="破损", actor=SYSTEM, now=now)
    with meeting_after(monkeypatch, (allowances, "give_back"), (delivering, "_won")):
        results = run_together(*map(deadlocks.watched, [deliver, refund]))
    assert [result for result in results if isinstance(result, Exception)] == []
    assert member.point_accounts.get(kind="general").balance == 600
    assert violations(["D3", "D7", "P7", "M1", "M3", "M4", "M9"]) == []
    return deadlocks.seen


def test_a_delivery_and_the_refund_of_its_draw_do_not_deadlock(monkeypatch, now):
    assert deliver_and_refund(monkeypatch, now) == 0


def test_control_a_delivery_that_takes_the_sessions_rows_first_deadlocks(monkeypatch, now):
    monkeypatch.setattr(delivering, "points", SimpleNamespace(hold_account=lambda **_: None))
    assert deliver_and_refund(monkeypatch, now) >= 1
