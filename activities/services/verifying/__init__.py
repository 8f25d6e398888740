"""
Recomputing every draw from what was committed, of open issues too.

What is found is told in Chinese, a line each; no line holds a secret or says what is not drawn yet.
"""

from collections.abc import Iterator

from django.db.models import QuerySet

from activities.enums import IssueStatus
from activities.errors import IssueNotFound
from activities.models import DrawLog, Issue
from activities.services.verifying import issues, log


def discrepancies(*, issue_id: int | None = None) -> Iterator[str]:
    """
    Yield what does not follow from the commitments: of the public log and one issue, or of everything.

    :raises IssueNotFound: if there is no opened issue of that id
    """
    opened = _opened(issue_id)
    if issue_id is not None and not opened.exists():
        raise IssueNotFound
    yield from log.chain()
    if issue_id is None:
        yield from log.days()
        yield from log.orphans()
    for issue in opened:
        yield from issues.check(issue)


def extent(*, issue_id: int | None = None) -> tuple[int, int]:
    """Return how many issues and draws there are to recompute, extra prizes counted as draws."""
    opened = _opened(issue_id)
    return opened.count(), DrawLog.objects.filter(issue__in=opened.values("pk")).count()


def _opened(issue_id: int | None) -> "QuerySet[Issue]":
    opened = Issue.objects.exclude(counter__status=IssueStatus.DRAFT).select_related("counter").order_by("pk")
    return opened if issue_id is None else opened.filter(pk=issue_id)
