"""
The transactional outbox: an event is a row that commits with the fact, delivered at least once and applied once.

Celery is told after the commit; if that message is lost, beat's sweep finds the row.
"""

import json
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q

from blindbox.common import events, sql
from blindbox.common.errors import NeedsPerson, Unavailable
from blindbox.common.events import Event, Subscription
from blindbox.common.retry import in_transaction, is_database_unavailable
from blindbox.system import waking
from blindbox.system.models import OutboxMessage

logger = logging.getLogger(__name__)

BACK_OFF = [timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=5), timedelta(minutes=30)]
MOST_FAILURES = len(BACK_OFF) + 1
# The worker that claimed it died: somebody else tries again after this, so that what was paid is drawn within a minute
# of a restart. A delivery that is merely slow is taken over too, and then undone (Superseded).
LEASE = timedelta(seconds=30)
BUSY_PAUSE = timedelta(seconds=10)
LONGEST_RUN = timedelta(seconds=30)  # well before a task's time limit, which would cut a delivery off in the middle
_COLUMNS = "topic event_key subscriber payload due_at attempts failures last_error created_at"


class UnknownSubscriber(LookupError):
    """A message for a subscriber that this release does not have."""


class OutsideTransaction(RuntimeError):
    """An event was published with no transaction open: its fact and its row could part."""


class Superseded(RuntimeError):
    """Another worker took this delivery over while ours ran; ours rolls back."""


def publish(event: Event, *, now: datetime) -> None:
    """
    Record an event for every subscriber, inside the transaction that made it true.

    :raises OutsideTransaction: if there is none
    :raises IntegrityError: if an event of this key was published before; the caller's transaction rolls back
    """
    publish_all([event], now=now)


def publish_all(happened: Sequence[Event], *, now: datetime) -> None:
    """
    Record several events with one statement, as `publish` does one.

    :raises OutsideTransaction, IntegrityError: likewise
    """
    if not connection.in_atomic_block:
        raise OutsideTransaction(*{event.topic for event in happened})
    rows = [row for event in happened for row in _rows(event, now)]
    if not rows:
        return
    sql.insert(OutboxMessage, _COLUMNS, rows)  # every draw publishes, so it is one plain statement
    transaction.on_commit(waking.bell.pull, robust=True)


def _rows(event: Event, now: datetime) -> Iterable[tuple[Any, ...]]:
    payload = json.dumps(event.payload(), ensure_ascii=False)
    for subscription in events.subscribers(event.topic).values():
        yield (event.topic, event.key, subscription.name, payload, now + subscription.delay, 0, 0, "", now)


def deliver_due(*, clock: Callable[[], datetime], limit: int) -> int:
    """Deliver up to `limit` due messages, for half a minute at most, and return how many were tried."""
    end = clock() + LONGEST_RUN
    for tried in range(limit):
        now = clock()
        if now >= end or not deliver_next(now=now):
            return tried
    return limit


def deliver_next(*, now: datetime) -> bool:
    """Deliver one due message. Return False when nothing is due."""
    message = _claim(now=now)
    if message is None:
        return False
    try:
        _deliver(message, now=now)
    except Superseded:
        logger.info("Event %s was taken over; this delivery is undone", message.pk)
    except Exception as error:  # noqa: BLE001  whatever a handler raises, the message comes due again
        _put_back(message, error, now=now)
    return True


@in_transaction
def _claim(*, now: datetime) -> OutboxMessage | None:
    for message in _candidates(now):
        mine = OutboxMessage.objects.due(now=now).filter(pk=message.pk, attempts=message.attempts)
        if mine.update(attempts=F("attempts") + 1, due_at=now + LEASE):
            message.attempts += 1
            return message
    return None


def _candidates(now: datetime) -> Iterator[OutboxMessage]:
    """
    Yield what may be claimed. What can wait comes later, so that a backlog of it delays no draw that was paid for;
    calls to the outside come last, so that a silent provider delays nothing else.
    """
    due = OutboxMessage.objects.due(now=now).order_by("due_at", "pk")
    external, patient = (
        Q(subscriber__in=names) for names in (events.external_subscribers(), events.patient_subscribers())
    )
    yield from due.exclude(external | patient)[:20]
    yield from due.filter(patient)[:20]
    yield from due.filter(external)[:20]


def _deliver(message: OutboxMessage, *, now: datetime) -> None:
    subscription = events.subscribers(message.topic).get(message.subscriber)
    if subscription is None:
        raise UnknownSubscriber(message.subscriber)
    event = subscription.event(**message.payload)
    record = subscription.handler(event, now=now) if subscription.external else None
    _finish(message, subscription, event, record, now=now)


@in_transaction
def _finish(
    message: OutboxMessage,
    subscription: Subscription,
    event: Event,
    record: Callable[[], None] | None,
    *,
    now: datetime,
) -> None:
    if not subscription.external:
        subscription.handler(event, now=now)
    elif record is not None:
        record()
    mine = OutboxMessage.objects.filter(pk=message.pk, delivered_at__isnull=True, attempts=message.attempts)
    if not mine.update(delivered_at=now, due_at=None):
        raise Superseded(message.pk)


@in_transaction
def _put_back(message: OutboxMessage, error: Exception, *, now: datetime) -> None:
    mine = OutboxMessage.objects.filter(pk=message.pk, delivered_at__isnull=True, attempts=message.attempts)
    text = f"{type(error).__name__}: {error}"[:500]
    if isinstance(error, Unavailable) or is_database_unavailable(error):
        logger.info("Event %s waits: %s", message.pk, text)
        mine.update(due_at=now + BUSY_PAUSE, last_error=text)
        return
    logger.error("Event delivery failed for message %s", message.pk, exc_info=error)
    failures = message.failures + 1
    if failures >= MOST_FAILURES or isinstance(error, NeedsPerson):
        mine.update(due_at=None, dead_at=now, failures=failures, last_error=text)
    else:
        mine.update(due_at=now + BACK_OFF[failures - 1], failures=failures, last_error=text)


@in_transaction
def revive(*, message_id: int, now: datetime) -> bool:
    """Put a dead message back in line, as staff do after mending its cause. Return whether it was dead."""
    dead = OutboxMessage.objects.filter(pk=message_id, dead_at__isnull=False)
    revived = dead.update(dead_at=None, set_aside_at=None, due_at=now, failures=0)
    if revived:
        transaction.on_commit(waking.bell.pull, robust=True)
    return bool(revived)


@in_transaction
def set_aside(*, message_id: int, now: datetime) -> bool:
    """Note that a person dealt with a dead message: it is not delivered any more. Return whether it was dead."""
    return bool(OutboxMessage.objects.dead().filter(pk=message_id).update(set_aside_at=now))


@in_transaction
def revive_event(*, topic: str, key: str, now: datetime) -> bool:
    """Put an event's dead messages back in line. Return whether there was one."""
    dead = OutboxMessage.objects.given_up().filter(topic=topic, event_key=key).values_list("pk", flat=True)
    return any([revive(message_id=pk, now=now) for pk in dead])


def unheard(*, subscribers: Collection[str], until: datetime) -> list[dict[str, Any]]:
    """Return the payloads of what subscribers have yet to hear of, given up or not, and happened until a moment."""
    theirs = OutboxMessage.objects.filter(subscriber__in=subscribers, created_at__lte=until)
    return [payload for rows in (theirs.waiting(), theirs.dead()) for payload in rows.values_list("payload", flat=True)]
