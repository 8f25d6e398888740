"""An event is a row that commits with its fact; each subscriber gets it once, whatever fails on the way."""

import socket
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from celery import Celery
from django.db import IntegrityError, OperationalError, connection, transaction

from blindbox.common import events
from blindbox.common.errors import NeedsPerson, Unavailable
from blindbox.common.events import Event
from blindbox.common.invariants import violations
from blindbox.settings.parts.celery import transport_options
from blindbox.system import audit, heartbeats, outbox, tasks, waking
from blindbox.system.models import OperationLog, OutboxMessage
from blindbox.system.waking import Bell
from tests.factories.catalog import NOW
from tests.system.conftest import LampLit, Listener

pytestmark = pytest.mark.django_db
Deliver = Callable[..., int]


class NobodyCares(Event):
    topic = "test.nobody_cares"


class Contradiction(NeedsPerson):
    code, message = "test.contradiction", "两处记录不一致"


def light(key: str = "1") -> None:
    with transaction.atomic():
        outbox.publish(LampLit(key=key), now=NOW)


def message() -> OutboxMessage:
    return OutboxMessage.objects.get()


def test_each_subscriber_hears_of_an_event_once(listener: Listener, deliver: Deliver):
    second: list[str] = []
    events.subscribe(LampLit, name="test.second")(lambda event, *, now: second.append(event.key))
    light("a")
    light("b")
    assert deliver() == 4
    assert (listener.heard, second) == (["a", "b"], ["a", "b"])
    assert deliver(after=10**6) == 0
    assert OutboxMessage.objects.filter(delivered_at=NOW, due_at=None).count() == 4


def test_an_event_without_subscribers_is_no_row(django_assert_num_queries):
    with transaction.atomic(), django_assert_num_queries(0):
        outbox.publish(NobodyCares(key="1"), now=NOW)


def test_what_rolls_back_was_never_published(listener: Listener, deliver: Deliver):
    with pytest.raises(ValueError, match="fact undone"), transaction.atomic():
        outbox.publish(LampLit(key="1"), now=NOW)
        raise ValueError("fact undone")
    assert deliver() == 0


@pytest.mark.django_db(transaction=True)
def test_publishing_needs_the_transaction_of_the_fact(listener: Listener):
    with pytest.raises(outbox.OutsideTransaction):
        outbox.publish(LampLit(key="1"), now=NOW)
    assert not OutboxMessage.objects.exists()


def test_a_key_is_published_once(listener: Listener):
    light("a")
    with pytest.raises(IntegrityError):
        light("a")
    assert OutboxMessage.objects.count() == 1


def test_a_delayed_subscriber_waits(deliver: Deliver):
    heard: list[str] = []
    late = events.subscribe(LampLit, name="test.late", delay=timedelta(seconds=60))
    late(lambda event, *, now: heard.append(event.key))
    light()
    assert (deliver(after=59), deliver(after=60), heard) == (0, 1, ["1"])


def test_what_a_failed_handler_wrote_is_undone_and_it_is_tried_again(listener: Listener, deliver: Deliver):
    def scribble(event: LampLit, *, now: Any) -> None:
        audit.record(audit.Change("测试", "Row", event.key), actor=audit.SYSTEM, now=NOW)
        listener(event, now=now)

    events._subscriptions.clear()
    events.subscribe(LampLit, name="test.listener")(scribble)
    listener.errors = [ValueError("一次")]
    light()
    assert (deliver(), OperationLog.objects.count()) == (1, 0)
    assert (message().failures, message().last_error) == (1, "ValueError: 一次")
    assert (deliver(after=4), deliver(after=5), OperationLog.objects.count()) == (0, 1, 1)
    assert message().delivered_at == NOW + timedelta(seconds=5)


def test_the_fifth_failure_is_the_last(listener: Listener, deliver: Deliver):
    listener.errors = [ValueError(str(number)) for number in range(9)]
    light()
    for wait in (0, 5, 35, 335, 2135):
        assert deliver(after=wait - 1 if wait else -1) == 0
        assert deliver(after=wait) == 1
    dead = message()
    assert (len(listener.heard), dead.failures, dead.due_at, dead.last_error) == (5, 5, None, "ValueError: 4")
    assert dead.dead_at == NOW + timedelta(seconds=2135)
    assert deliver(after=10**7) == 0
    assert [each.id for each in violations(["X2"])] == ["X2"]


def test_what_no_repeat_mends_is_given_to_a_person_at_once(listener: Listener, deliver: Deliver):
    listener.errors = [Contradiction()]
    light()
    assert (deliver(), deliver(after=10**6)) == (1, 0)
    dead = message()
    assert (dead.failures, dead.due_at, dead.dead_at) == (1, None, NOW)
    assert dead.last_error == "Contradiction: 两处记录不一致"
    assert outbox.revive(message_id=dead.pk, now=NOW)
    assert (deliver(), listener.heard, message().delivered_at) == (1, ["1", "1"], NOW)


def test_others_flow_past_a_poisoned_message(listener: Listener, deliver: Deliver):
    light("poison")
    light("good")
    OutboxMessage.objects.filter(event_key="poison").update(payload={"key": "poison", "unknown": 1})
    assert deliver() == 2
    assert listener.heard == ["good"]
    for _ in range(5):
        deliver(after=10**5)
        OutboxMessage.objects.filter(event_key="poison", dead_at=None).update(due_at=NOW)
    assert OutboxMessage.objects.get(event_key="poison").dead_at is not None


@pytest.mark.parametrize("payload", [{}, {"key": "1", "more": 2}, [], 5, "text"])
def test_a_malformed_payload_dies_after_five_tries(listener: Listener, deliver: Deliver, payload: Any):
    light()
    OutboxMessage.objects.update(payload=payload)
    for wait in (0, 5, 35, 335, 2135):
        deliver(after=wait)
    assert (message().failures, message().dead_at is not None, listener.heard) == (5, True, [])


def test_a_subscriber_that_this_release_lacks_dies_after_five_tries(listener: Listener, deliver: Deliver):
    light()
    events._subscriptions.clear()
    for wait in (0, 5, 35, 335, 2135):
        deliver(after=wait)
    assert (message().failures, message().last_error) == (5, "UnknownSubscriber: test.listener")
    assert message().dead_at is not None


@pytest.mark.parametrize("busy", [Unavailable(), OperationalError(1213, "x"), OperationalError(2006, "x")])
def test_being_busy_is_no_failure(listener: Listener, deliver: Deliver, busy: Exception):
    listener.errors = [busy] * 20
    light()
    tries = [deliver(after=10 * number) for number in range(20)]
    assert (tries, message().failures, message().dead_at) == ([1] * 20, 0, None)
    assert (deliver(after=200), message().delivered_at is not None) == (1, True)


def test_staff_can_revive_the_dead_and_only_those(listener: Listener, deliver: Deliver):
    light()
    OutboxMessage.objects.update(due_at=None, dead_at=NOW, failures=5)
    assert deliver() == 0
    assert outbox.revive(message_id=message().pk, now=NOW)
    assert (deliver(), listener.heard) == (1, ["1"])
    assert not outbox.revive(message_id=message().pk, now=NOW)
    assert (message().failures, message().due_at) == (0, None)


def test_a_worker_that_died_with_a_message_loses_only_its_lease(listener: Listener, deliver: Deliver):
    light()
    assert outbox._claim(now=NOW) is not None  # and the worker dies here
    assert (deliver(after=29), listener.heard) == (0, [])
    assert (deliver(after=30), listener.heard) == (1, ["1"])
    assert message().attempts == 2


def test_a_delivery_that_was_taken_over_is_undone(deliver: Deliver):
    def slow(event: LampLit, *, now: Any) -> None:
        audit.record(audit.Change("测试", "Row", event.key), actor=audit.SYSTEM, now=NOW)
        OutboxMessage.objects.update(attempts=99)  # meanwhile somebody else claimed it

    events.subscribe(LampLit, name="test.slow")(slow)
    light()
    assert deliver() == 1
    # what the handler wrote is rolled back, its stand-in for the other worker too
    assert (OperationLog.objects.count(), message().delivered_at, message().failures) == (0, None, 0)


def test_a_long_error_is_cut(listener: Listener, deliver: Deliver):
    listener.errors = [ValueError("长" * 5000)]
    light()
    deliver()
    assert len(message().last_error) == 500


def test_no_more_than_the_limit_in_one_go(listener: Listener, deliver: Deliver):
    for number in range(5):
        light(str(number))
    assert (deliver(limit=3), listener.heard) == (3, ["0", "1", "2"])
    assert (deliver(limit=3), len(listener.heard)) == (2, 5)


def test_a_run_ends_before_the_time_limit_of_its_task_and_leaves_the_rest(listener: Listener):
    for number in range(5):
        light(str(number))
    clock = (NOW + timedelta(seconds=20) * reading for reading in count())  # each delivery takes twenty seconds
    assert (outbox.deliver_due(clock=lambda: next(clock), limit=5), listener.heard) == (1, ["0"])
    assert OutboxMessage.objects.filter(failures=0, attempts=0).count() == 4


@pytest.mark.django_db(transaction=True)
def test_an_external_handler_runs_with_no_transaction_open_and_its_record_with_the_delivery(deliver: Deliver):
    seen: list[tuple[str, bool]] = []

    def call(event: LampLit, *, now: Any) -> Callable[[], None]:
        seen.append(("call", connection.in_atomic_block))

        def record() -> None:
            seen.append(("record", connection.in_atomic_block))
            audit.record(audit.Change("测试", "Row", event.key), actor=audit.SYSTEM, now=NOW)

        return record

    events.subscribe_external(LampLit, name="test.caller")(call)
    light()
    assert deliver() == 1
    assert seen == [("call", False), ("record", True)]
    assert (OperationLog.objects.count(), message().delivered_at) == (1, NOW)


@pytest.mark.django_db(transaction=True)
def test_a_silent_provider_delays_nothing_but_its_own_calls(listener: Listener, deliver: Deliver):
    calls: list[str] = []

    def call(event: NobodyCares, *, now: Any) -> None:
        calls.append(event.key)
        raise Unavailable

    events.subscribe_external(NobodyCares, name="test.caller")(call)
    with transaction.atomic():
        for number in range(30):
            outbox.publish(NobodyCares(key=str(number)), now=NOW - timedelta(minutes=1))
    light()
    assert (deliver(limit=1), listener.heard, calls) == (1, ["1"], [])
    assert (deliver(), len(calls)) == (30, 30)


@pytest.mark.django_db(transaction=True)
def test_what_can_wait_stands_behind_all_others(deliver: Deliver):
    heard: list[str] = []
    events.subscribe(LampLit, name="test.urgent")(lambda event, *, now: heard.append(f"urgent {event.key}"))
    events.subscribe(LampLit, name="test.patient", can_wait=True)(lambda event, *, now: heard.append(event.key))
    for key in ("1", "2"):
        light(key)
    OutboxMessage.objects.filter(subscriber="test.urgent").update(due_at=NOW + timedelta(seconds=1))
    assert (deliver(after=2), heard) == (4, ["urgent 1", "urgent 2", "1", "2"])


def test_an_external_handler_may_have_nothing_to_record(deliver: Deliver):
    events.subscribe_external(LampLit, name="test.caller")(lambda event, *, now: None)
    light()
    assert (deliver(), message().delivered_at) == (1, NOW)


@pytest.mark.django_db(transaction=True)
def test_an_external_result_that_cannot_be_recorded_is_asked_for_again(deliver: Deliver):
    calls: list[str] = []

    def call(event: LampLit, *, now: Any) -> Callable[[], None] | None:
        calls.append(event.key)
        return _fail if len(calls) == 1 else None

    events.subscribe_external(LampLit, name="test.caller")(call)
    light()
    assert (deliver(), message().delivered_at) == (1, None)
    assert (deliver(after=5), len(calls)) == (1, 2)


def _fail() -> None:
    raise ValueError("not recorded")


def test_the_sweep_finds_what_no_wake_up_reached(listener: Listener):
    light()
    tasks.sweep_outbox()
    assert (listener.heard, message().delivered_at is not None) == (["1"], True)
    assert heartbeats.last(name="outbox") is not None


@pytest.mark.django_db(transaction=True)
def test_a_commit_wakes_a_worker_and_a_rollback_does_not(listener: Listener, monkeypatch: pytest.MonkeyPatch):
    pulled: list[int] = []
    monkeypatch.setattr(waking.bell, "pull", lambda: pulled.append(OutboxMessage.objects.count()))
    light("a")
    assert pulled == [1]
    with pytest.raises(ValueError, match="undone"), transaction.atomic():
        outbox.publish(LampLit(key="b"), now=NOW)
        raise ValueError("undone")
    assert pulled == [1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("scheme", ["amqp", "redis"])
@pytest.mark.parametrize("keeps_silent", [False, True])
def test_a_broker_that_is_down_costs_the_publisher_nothing_and_no_event(
    listener: Listener, deliver: Deliver, monkeypatch: pytest.MonkeyPatch, scheme: str, keeps_silent: bool
):
    """A lost wake-up only delays: the sweep finds the row."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        if keeps_silent:
            listening.listen()
        monkeypatch.setattr(waking, "current_app", celery_at(f"{scheme}://127.0.0.1:{listening.getsockname()[1]}//"))
        monkeypatch.setattr(waking, "bell", Bell(waking._send, gather_seconds=0, pause_seconds=0))
        before = time.monotonic()
        light("a")
        light("b")
        assert time.monotonic() - before < 0.5
    assert (deliver(), listener.heard) == (2, ["a", "b"])


def celery_at(url: str) -> Celery:
    app = Celery("elsewhere", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.conf.update(broker_url=url, broker_transport_options=transport_options(url))
    return app
