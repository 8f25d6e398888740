"""Sessions of one activity never run at once, so that a draw belongs to one of them."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet

from activities.enums import IssueStatus
from activities.gameplay import occurrences, registry
from activities.gameplay.base import InvalidConfig
from activities.gameplay.occurrences import Schedule
from activities.gameplay.sessions import SessionPlay
from activities.models import Issue
from activities.services import terms
from activities.services.play_config import config_of


def problems(issue: Issue, own: Mapping[str, Any]) -> list[str]:
    """Return which session on sale keeps this one from opening."""
    return _clashes(issue, own, _others(issue).filter(counter__status__in=[IssueStatus.OPEN, IssueStatus.CLOSING]))


def on_saving(issue: Issue) -> list[str]:
    """Return which session a draft meets that says itself when it is on; one that does not is a copy to be set yet."""
    is_session = isinstance(registry.get(issue.activity.gameplay), SessionPlay)
    if not is_session or (issue.starts_at is None and issue.ends_at is None):
        return []
    scheduled = Q(counter__status__in=[IssueStatus.OPEN, IssueStatus.CLOSING])
    scheduled |= Q(counter__status=IssueStatus.DRAFT) & (Q(starts_at__isnull=False) | Q(ends_at__isnull=False))
    return _clashes(issue, config_of(issue).own, _others(issue).filter(scheduled))


def _others(issue: Issue) -> "QuerySet[Issue]":
    return Issue.objects.filter(activity=issue.activity).exclude(pk=issue.pk).select_related("activity", "counter")


def _clashes(issue: Issue, own: Mapping[str, Any], others: "QuerySet[Issue]") -> list[str]:
    mine = occurrences.schedule(*terms.window_of(issue), own)
    met = (other for other in others.order_by("number") if _overlap(mine, other))
    return [f"场次时间与第 {other.number} 期重叠" for other in met]


def _overlap(mine: Schedule, other: Issue) -> bool:
    try:
        return mine.overlaps(occurrences.schedule(*terms.window_of(other), config_of(other).own))
    except InvalidConfig:  # a draft that cannot open meets nobody
        return False
