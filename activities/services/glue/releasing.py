"""Units come into a session as its published plan says, whether beat runs or not (均匀投奖)."""

import logging
from collections import Counter
from datetime import datetime

from django.db.models import F

from activities.enums import DropStatus, IssueStatus
from activities.gameplay import occurrences
from activities.models import IssueCounter, RewardDrop, RewardStock
from activities.services import terms
from activities.services.glue import scopes
from activities.services.glue.scopes import Taken
from blindbox.common.retry import TryAgain, in_transaction

logger = logging.getLogger(__name__)

AT_ONCE = 100


class StockOutOfStep(RuntimeError):
    """A plan would release more than there is: D9 is broken, and a person must look before anything moves."""


def release(issue_id: int, taken: Taken, *, due_by: datetime, now: datetime) -> int:
    """Release what is due under the version just taken, inside the caller's transaction; return how many rows."""
    due = RewardDrop.objects.filter(issue_id=issue_id, status=DropStatus.WAIT, release_at__lte=due_by)
    rows = list(due.values_list("pk", "reward_id", "quantity"))
    done = {"status": DropStatus.DONE, "scope_id": taken.scope_id, "version": taken.first, "released_at": now}
    waiting = RewardDrop.objects.filter(pk__in=[pk for pk, _, _ in rows], status=DropStatus.WAIT)
    if waiting.update(**done) != len(rows):
        raise TryAgain
    units: Counter[int] = Counter()
    for _, reward_id, quantity in rows:
        units[reward_id] += quantity
    for reward_id, n in sorted(units.items()):
        fits = RewardStock.objects.filter(reward_id=reward_id, total__gte=F("released") + n)
        if not fits.update(released=F("released") + n):
            raise StockOutOfStep(reward_id)
    return len(rows)


def release_due(*, now: datetime, limit: int = AT_ONCE) -> int:
    """Release what is due of every open session, a short transaction each; return how many rows."""
    due = RewardDrop.objects.filter(status=DropStatus.WAIT, release_at__lte=now)
    of_open = due.filter(issue__counter__status=IssueStatus.OPEN).order_by("issue_id")
    return sum(_release_safely(pk, now) for pk in list(of_open.values_list("issue_id", flat=True).distinct()[:limit]))


def _release_safely(issue_id: int, now: datetime) -> int:
    try:
        return _release_of(issue_id=issue_id, now=now)
    except Exception:  # whatever is wrong with one session keeps nothing back in another
        logger.exception("Units of issue %s cannot be released", issue_id)
        return 0


@in_transaction
def _release_of(*, issue_id: int, now: datetime) -> int:
    """Take the same rows in the same order as a draw; where a draw released everything meanwhile, take no version."""
    if not IssueCounter.objects.filter(pk=issue_id, status=IssueStatus.OPEN).update(status=IssueStatus.OPEN):
        return 0
    occurrence = occurrences.of_terms(terms.of_issue(issue_id)).live_or_next(now)
    waiting = RewardDrop.objects.filter(issue_id=issue_id, status=DropStatus.WAIT, release_at__lte=now)
    if occurrence is None or not waiting.exists():
        return 0
    return release(issue_id, scopes.take_for_release(issue_id, occurrence), due_by=now, now=now)


def cancel(issue_id: int) -> int:
    """Cancel what a session that ends never released."""
    waiting = RewardDrop.objects.filter(issue_id=issue_id, status=DropStatus.WAIT)
    return waiting.update(status=DropStatus.CANCELLED)
