"""Scheduled jobs leave a mark each time they run."""

from datetime import datetime

from blindbox.common.retry import TryAgain, in_transaction, refusing_duplicates
from blindbox.system.models import Heartbeat

LABELS = {"outbox": "投递业务事件"}  # what operators read for a job


@in_transaction
def beat(*, name: str, now: datetime) -> None:
    """Note that a job ran."""
    if not Heartbeat.objects.filter(name=name).update(beaten_at=now):
        with refusing_duplicates(TryAgain):  # somebody else's first beat: the next try updates theirs
            Heartbeat.objects.create(name=name, beaten_at=now)


def last(*, name: str) -> datetime | None:
    """Return when a job last ran, or None if it never did."""
    return Heartbeat.objects.filter(name=name).values_list("beaten_at", flat=True).first()
