"""The secrets of business days: committed before the day, revealed the day after (docs/fairness.md)."""

import logging
from datetime import date, datetime, timedelta

from activities.enums import IssueStatus
from activities.models import DrawBatch, DrawSecret, IssueCounter
from activities.services import commitments
from blindbox.common.business_day import business_day, day_bounds
from orders import selectors as orders
from orders.enums import OrderSource

logger = logging.getLogger(__name__)

REVEAL_AFTER = timedelta(hours=25)  # from the start of a day: 01:00 on the next
STUCK_AFTER = timedelta(days=7)  # holds are given back minutes after their end: one that old cannot be
COMMITTED_AHEAD = 60
AT_ONCE = 40


def turn(*, now: datetime) -> None:
    """Commit today and the days ahead, reveal every day that is over and settled."""
    _commit_ahead(business_day(now), now=now)
    hidden = DrawSecret.objects.filter(subject__startswith="day:", revealed__isnull=True).order_by("subject")
    for subject in list(hidden.values_list("subject", flat=True)[:AT_ONCE]):
        day = date.fromisoformat(subject.removeprefix("day:"))
        if now >= day_bounds(day)[0] + REVEAL_AFTER and not _unsettled(day, now=now):
            _reveal(subject, now=now)


def _reveal(subject: str, *, now: datetime) -> None:
    """A secret that cannot be read any more keeps no other day hidden."""
    try:
        commitments.reveal(subject=subject, now=now)
    except commitments.UNREADABLE:
        logger.exception("The secret of %s cannot be unsealed", subject)


def _commit_ahead(today: date, *, now: datetime) -> None:
    """Weeks ahead, so that a shop whose schedule stood still still committed each day before it began."""
    days = [today + timedelta(days=ahead) for ahead in range(COMMITTED_AHEAD + 1)]
    subjects = {commitments.day_subject(day) for day in days}
    known = set(DrawSecret.objects.filter(subject__in=subjects).values_list("subject", flat=True))
    for day in days:
        if commitments.day_subject(day) not in known:
            commitments.commit_day(day=day, now=now)


def _unsettled(day: date, *, now: datetime) -> bool:
    """Tell whether a draw may still come that was paid on that day: once the secret is public, its money goes back."""
    start, end = day_bounds(day)
    return _is_held(start, end, now=now) or _is_paid(start, end)


def _is_held(start: datetime, end: datetime, *, now: datetime) -> bool:
    """
    Tell whether a hold that could be paid within these bounds was neither drawn nor given back. One that nothing can
    give back waits for a person, and the day does not wait with it.
    """
    latest = max(start, now - STUCK_AFTER)
    open_issues = IssueCounter.objects.filter(status__in=[IssueStatus.OPEN, IssueStatus.CLOSING]).values("pk")
    held = DrawBatch.objects.filter(issue_id__in=open_issues, hold_slot=1, hold_expires_at__gt=latest)
    return held.filter(created_at__lt=end).exists()


def _is_paid(start: datetime, end: datetime) -> bool:
    """Tell whether WeChat's word of a payment within these bounds is not read yet, or what it paid for not drawn."""
    if orders.has_unread_notices(source=OrderSource.DRAW, start=start, end=end):
        return True
    waiting = orders.paid_unsettled(source=OrderSource.DRAW, start=start, end=end)
    return DrawBatch.objects.filter(order_id__in=waiting, settled_at__isnull=True).exists()
