"""
T-12: an operation with a key, a posting and an event meets each database fault at each of its statements and at commit.

Whatever happens, the final state is that of an undisturbed run, or nothing and an error.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection

from accounts.models import Member, PointAccount, PointEntry
from accounts.services import points
from blindbox.common import events, retry
from blindbox.common.events import Event
from blindbox.common.ledger import Posting
from blindbox.common.retry import in_transaction
from blindbox.system import idempotency, outbox
from blindbox.system.models import IdempotencyKey, OutboxMessage
from tests.factories.accounts import NOW, make_member

pytestmark = pytest.mark.django_db(transaction=True)
FAULTS = [1213, 1205, 1020, 2013]
BEFORE: dict[str, Any] = {"balance": 100, "entries": 1, "keys": [], "events": 0}
AFTER: dict[str, Any] = {"balance": 93, "entries": 2, "keys": ["spent:7"], "events": 1}


class PointsSpent(Event):
    topic = "test.points_spent"


@pytest.fixture(autouse=True)
def _subscribed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "_pause", lambda attempt: None)
    monkeypatch.setattr(events, "_subscriptions", {})
    events.subscribe(PointsSpent, name="test.nobody")(lambda event, *, now: None)


@pytest.fixture
def spender() -> Member:
    return make_member(points_balance=100)


def spend(member: Member) -> None:
    posting = Posting(delta=-7, reason="test", ref="7")
    points.post(member_id=member.pk, postings=[posting], now=NOW)
    outbox.publish(PointsSpent(key="7"), now=NOW)


def spend_once(member: Member) -> idempotency.Outcome:
    claim = idempotency.Claim(realm="member", actor_id=member.pk, key="k", fingerprint="f")

    def effect() -> str:
        spend(member)
        return "spent:7"

    return idempotency.run_once(claim=claim, effect=effect, now=NOW)


def state(member: Member) -> dict[str, Any]:
    accounts = PointAccount.objects.filter(member=member, kind="general")
    return {
        "balance": accounts.values_list("balance", flat=True).get(),
        "entries": PointEntry.objects.filter(account__in=accounts).count(),
        "keys": list(IdempotencyKey.objects.values_list("ref", flat=True)),
        "events": OutboxMessage.objects.count(),
    }


class FaultAt:
    """Raise once, at the statement of this number."""

    def __init__(self, number: int, code: int) -> None:
        self.number, self.code, self.seen = number, code, 0

    def __call__(self, execute: Callable[..., Any], *statement: Any) -> Any:
        self.seen += 1
        if self.seen == self.number:
            raise OperationalError(self.code, "injected")
        return execute(*statement)


def survives(member: Member, fault: FaultAt) -> bool:
    """Spend under a fault; return whether that answered. Either way the state is whole."""
    try:
        with connection.execute_wrapper(fault):
            spend_once(member)
    except (OperationalError, idempotency.KeyInFlight):
        assert state(member) == BEFORE
        return False
    assert state(member) == AFTER
    return True


@pytest.mark.parametrize("code", FAULTS)
def test_a_fault_at_any_statement_leaves_all_or_nothing(code: int):
    survived: list[bool] = []
    fault = FaultAt(0, code)
    while fault.seen >= fault.number:
        fault = FaultAt(len(survived) + 1, code)
        survived.append(survives(make_member(points_balance=100), fault))
        _forget()
    assert len(survived) > 8  # the operation sends about a dozen statements, each met a fault
    assert survived[-1]  # the last run met none
    # a lock wait on the key's own insert alone is told to the caller as in flight; everything else is repeated
    assert survived.count(False) == (1 if code == retry.LOCK_WAIT else 0)


def _forget() -> None:
    IdempotencyKey.objects.all().delete()
    OutboxMessage.objects.all().delete()


@contextmanager
def commit_that(fails: str) -> Iterator[list[str]]:
    """Let the next commit fail as a lost connection does, before or after it took effect."""
    connected: Any = connection
    real = connected._commit
    done: list[str] = []

    def commit() -> None:
        if not done and fails == "before":
            done.append(fails)
            raise OperationalError(2013, "injected")
        real()
        if not done:
            done.append(fails)
            raise OperationalError(2013, "injected")

    connected._commit = commit
    try:
        yield done
    finally:
        del connected._commit


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_unknown_commit_is_repeated_under_its_key_and_counts_once(spender: Member, moment: str):
    with commit_that(moment) as done:
        outcome = spend_once(spender)
    assert (done, state(spender)) == ([moment], AFTER)
    assert (outcome.status, outcome.ref, outcome.replayed) == (201, "spent:7", moment == "after")


def test_control_without_a_key_a_repeat_after_an_unknown_commit_doubles(spender: Member):
    taken = iter("ab")

    @in_transaction(repeatable=True)
    def spend_blindly() -> None:
        posting = Posting(delta=-7, reason="test", ref=next(taken))
        points.post(member_id=spender.pk, postings=[posting], now=NOW)

    with commit_that("after"):
        spend_blindly()
    assert state(spender)["balance"] == 86


def test_an_unknown_commit_without_a_key_is_told_and_not_repeated(spender: Member):
    with commit_that("after"), pytest.raises(OperationalError):
        in_transaction(spend)(spender)
    assert state(spender) == {**AFTER, "keys": []}
