"""What may be forgotten: delivered events after 30 days, idempotency keys after 7, browser sessions that ended."""

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session

from blindbox.common import pruning
from blindbox.system.models import IdempotencyKey, OutboxMessage

KEEP_EVENTS, KEEP_KEYS = timedelta(days=30), timedelta(days=7)


def events_kept_since(now: datetime) -> datetime:
    """Return the moment since which every event is still in the table."""
    return now - KEEP_EVENTS + timedelta(days=1)


def drop_old(*, now: datetime) -> None:
    """Delete what is past its time, a bounded number of rows a run."""
    _drop_events(now - KEEP_EVENTS)
    pruning.drop(IdempotencyKey.objects.filter(created_at__lt=now - KEEP_KEYS), oldest="created_at")
    pruning.drop(Session.objects.filter(expire_date__lt=now), oldest="expire_date")


def _drop_events(before: datetime) -> None:
    """
    Walk the table from its start until events are young.

    Delivered events carry no index of their own: each draw would pay for it, once a night a walk is enough.
    """
    reached = 0
    for _ in range(pruning.MOST_ROUNDS):
        events = OutboxMessage.objects.filter(pk__gt=reached).order_by("pk")
        window = list(events.values_list("pk", "created_at", "delivered_at")[: pruning.AT_ONCE])
        pruning.delete(
            OutboxMessage, [pk for pk, _, delivered in window if delivered is not None and delivered < before]
        )
        if not window or window[-1][1] >= before:
            return
        reached = window[-1][0]
