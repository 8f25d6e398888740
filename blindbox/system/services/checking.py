"""Running the invariants by schedule: what is cheap every few minutes, everything at night."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice

from celery.exceptions import SoftTimeLimitExceeded

from blindbox.common.invariants import Invariant, Scope, everything, newest, registered
from blindbox.system.services import findings

logger = logging.getLogger(__name__)

MOST_LINES = 100
LOOKED_FOR = timedelta(hours=1)


def check_latest(*, now: datetime) -> int:
    """Check what was made lately, and whatever is cheap; return how many violations there are."""
    chosen = [each for each in registered() if each.is_frequent]
    return _check(chosen, newest, now=now)


def check_everything(*, now: datetime) -> int:
    """Check whole tables; return how many violations there are. What is not found again counts as solved."""
    return _check(registered(), everything, now=now)


def _check(chosen: Iterable[Invariant], scope: Scope, *, now: datetime) -> int:
    seen = sum(_check_one(invariant, scope, now=now) for invariant in chosen)
    if seen:
        logger.error("%s violations of invariants; the back office lists them", seen)
    return seen


def _check_one(invariant: Invariant, scope: Scope, *, now: datetime) -> int:
    """Check one; that it cannot be checked keeps no other from it."""
    try:
        found, complete = _look(invariant, scope, now=now)
    except SoftTimeLimitExceeded:
        raise
    except Exception:
        logger.exception("Invariant %s could not be checked", invariant.id)
        return 0
    for line in findings.record(invariant, found, complete=complete, now=now):
        logger.error("Invariant %s is violated (%s): %s", invariant.id, invariant.title, line)
    return len(found)


def _look(invariant: Invariant, scope: Scope, *, now: datetime) -> tuple[list[str], bool]:
    """
    Return what is violated, and whether that is all of it.

    A look at the newest rows cannot tell that something is solved. What it found lately and does not see any more is
    looked for everywhere, so that a moment's trouble is not a task until the night.
    """
    found = _found_twice(invariant, scope)
    partial = not invariant.sees_all(scope)
    if partial and findings.missed(invariant, found, since=now - LOOKED_FOR):
        found, partial = _found_twice(invariant, everything), False
    return found, not partial and len(found) < MOST_LINES


def _found_twice(invariant: Invariant, scope: Scope) -> list[str]:
    """Return what two looks found: a check of several statements may meet a sale halfway, but not twice the same."""
    first = list(islice(invariant.look(scope), MOST_LINES))
    if not first:
        return []
    again = set(islice(invariant.look(scope), MOST_LINES))
    return [line for line in first if line in again]
