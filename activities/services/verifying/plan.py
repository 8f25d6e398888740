"""Even release (均匀投奖): each release is one of the published plan, not early, none was held back from a draw."""

from collections import Counter
from collections.abc import Iterator

from django.db.models import Q

from activities.enums import DropStatus
from activities.gameplay import occurrences
from activities.gameplay.base import Terms
from activities.models import Issue, RewardDrop, SessionDraw, SessionScope


def check(issue: Issue, promised: Terms) -> Iterator[str]:
    """Yield the releases that the terms did not plan so."""
    drops = list(RewardDrop.objects.filter(issue=issue).select_related("scope").order_by("release_at", "pk"))
    planned = Counter((each.reward_id, each.at, each.quantity) for each in promised.releases)
    if Counter((drop.reward_id, drop.release_at, drop.quantity) for drop in drops) != planned:
        yield f"期次 {issue.pk}：投放计划与条款不符"
    for drop in drops:
        if drop.released_at is not None and drop.released_at < drop.release_at:
            yield f"投放 {drop.pk}：早于计划的 {drop.release_at.isoformat()}"
        if _was_held_back(drop, promised):
            yield f"投放 {drop.pk}：{drop.release_at.isoformat()} 之后还有抽奖没有用到它"


def _was_held_back(drop: RewardDrop, promised: Terms) -> bool:
    """
    Tell whether somebody drew after the planned moment and before the release. A draw that was paid in time and settled
    late stands in its occurrence: what comes due after that one's end is none of its.
    """
    schedule, days = occurrences.of_terms(promised), SessionScope.objects.filter(issue=drop.issue_id)
    over = [
        day
        for day in days.values_list("occurrence", flat=True)
        if (end := schedule.bounds(day).end) is not None and end <= drop.release_at
    ]
    drawn = SessionDraw.objects.filter(scope__issue=drop.issue_id, created_at__gte=drop.release_at)
    later = drawn.exclude(scope__occurrence__in=over)
    if drop.status != DropStatus.DONE or drop.scope is None:
        return later.exists()
    earlier = Q(scope__occurrence__lt=drop.scope.occurrence) | Q(scope=drop.scope, version__lt=drop.version)
    return later.filter(earlier).exists()
