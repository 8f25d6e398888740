"""Celery's entry points of this app."""

from celery import shared_task
from django.utils import timezone

from blindbox.system import digests, heartbeats, outbox
from blindbox.system.services import checking, housekeeping


@shared_task(name="system.deliver_due_events", ignore_result=True)
def deliver_due_events(*, limit: int = 200, **_future: object) -> None:
    """Deliver due events; sent after each commit that made one, and by beat."""
    outbox.deliver_due(clock=timezone.now, limit=limit)


@shared_task(name="system.sweep_outbox", ignore_result=True)
def sweep_outbox(*, limit: int = 500, **_future: object) -> None:
    """Deliver what no wake-up reached, and show that beat and a worker are alive."""
    heartbeats.beat(name="outbox", now=timezone.now())
    outbox.deliver_due(clock=timezone.now, limit=limit)


@shared_task(name="system.clean_up", ignore_result=True)
def clean_up(**_future: object) -> None:
    """Drop delivered events, idempotency keys that nobody can repeat any more, and sessions that ended."""
    housekeeping.drop_old(now=timezone.now())


@shared_task(name="system.check_latest", ignore_result=True, soft_time_limit=4 * 60, time_limit=5 * 60)
def check_latest(**_future: object) -> None:
    """Check the invariants over what was made lately."""
    checking.check_latest(now=timezone.now())


@shared_task(name="system.check_everything", ignore_result=True, soft_time_limit=25 * 60, time_limit=26 * 60)
def check_everything(**_future: object) -> None:
    """Close the ledgers' days and check whole tables, within the half hour that RabbitMQ waits for a task's end."""
    now = timezone.now()
    digests.close_days(now=now)
    checking.check_everything(now=now)
