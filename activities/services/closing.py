"""Closing an issue: no new holds, nothing held, then the secret is revealed, the unsold returned."""

import logging
from collections import Counter
from datetime import datetime

from django.db.models import F, Q, QuerySet

from activities import selectors
from activities.enums import IssueStatus
from activities.errors import IssueCannotClose, IssueNotFound
from activities.models import Issue, IssueCounter
from activities.services import allocators, ends, terms
from activities.services.granting import products_in
from blindbox.common.retry import in_transaction
from blindbox.system import audit
from catalog import stock

logger = logging.getLogger(__name__)

AT_ONCE = 100
_OWING = "已有售出，须到达公示的结束时间，或限量奖品已发完、没有人在保底或闯关途中"


@in_transaction
def close(*, issue_id: int, actor: audit.Actor, now: datetime, reason: str = "") -> IssueStatus:
    """
    Stop selling, and close at once if nothing is held. Return what it is now.

    :raises IssueNotFound: if there is none
    :raises IssueCannotClose: if it is not open, or begun and bound to go on
    """
    issue = Issue.objects.filter(pk=issue_id).first()
    if issue is None:
        raise IssueNotFound
    if not (_stop(issue, now=now) or _stop_owing_nothing(issue)):
        raise IssueCannotClose(problem=_why_not(issue))
    return _closed(issue, actor, reason, now=now)


@in_transaction
def close_at_loss(*, issue_id: int, reason: str, now: datetime) -> IssueStatus:
    """
    Stop an issue whose terms say that it stops where its approved loss ends: a rule that was public, nobody's choice.

    :raises IssueCannotClose: if it is not open, or its terms do not say so and bind it to go on
    """
    issue = Issue.objects.get(pk=issue_id)
    by_rule = terms.of_issue(issue_id).stops_at_loss and _open(issue_id).update(status=IssueStatus.CLOSING)
    if not (by_rule or _stop(issue, now=now)):
        raise IssueCannotClose(problem=_why_not(issue))
    return _closed(issue, audit.SYSTEM, reason, now=now)


def _closed(issue: Issue, actor: audit.Actor, reason: str, *, now: datetime) -> IssueStatus:
    issue_id = issue.pk
    status = IssueStatus.CLOSED if finish(issue_id=issue_id, now=now) else IssueStatus.CLOSING
    before, after = {"status": IssueStatus.OPEN}, {"status": status}
    audit.record(audit.Change("关闭期次", "Issue", issue_id, str(issue), before, after, reason), actor=actor, now=now)
    return status


def refusal(issue: Issue, *, now: datetime) -> str:
    """Return in Chinese why an open issue could not be closed now, empty if it could: for whoever is about to."""
    counter, promised = IssueCounter.objects.get(pk=issue.pk), terms.of_issue(issue.pk)
    ended = promised.ends_at is not None and now >= promised.ends_at
    free = ended or not ends.binds(promised) or _open(issue.pk).filter(_DONE).exists()
    if free or (promised.total is None and not counter.reserved and not ends.owes(promised)):
        return ""
    return _why_not(issue)


def _why_not(issue: Issue) -> str:
    status = IssueCounter.objects.values_list("status", flat=True).get(pk=issue.pk)
    if status != IssueStatus.OPEN:
        return f"当前状态为「{IssueStatus(status).label}」"
    if terms.of_issue(issue.pk).total is not None:
        return "已有售出，须售罄或到达公示的结束时间"
    return _OWING


def _open(issue_id: int) -> "QuerySet[IssueCounter]":
    return IssueCounter.objects.filter(pk=issue_id, status=IssueStatus.OPEN)


# nothing was sold, or nothing more can be
_DONE = Q(sold=0) | Q(sold=F("total")) | Q(cap_left=0)


def _stop(issue: Issue, *, now: datetime) -> bool:
    """
    Whoever could end a rich issue early would steer it, so a sale binds the shop to its end (docs/fairness.md). A hold
    does not: it is waited for in `closing`, and if it is paid it is drawn like any other.

    Where every draw meets the same odds, stopping steers nobody, and without an end it is the only way to stop.
    """
    counter = _open(issue.pk)
    promised = terms.of_issue(issue.pk) if issue.terms else None
    ended = promised is not None and promised.ends_at is not None and now >= promised.ends_at
    if promised is not None and not ended and ends.binds(promised):
        counter = counter.filter(_DONE)
    return bool(counter.update(status=IssueStatus.CLOSING))


def _stop_owing_nothing(issue: Issue) -> bool:
    """Stop an endless issue that owes nobody anything. Stopped first and looked at then: no sale passes in between."""
    promised = terms.of_issue(issue.pk) if issue.terms else None
    if promised is None or promised.total is not None:
        return False
    if not _open(issue.pk).filter(reserved=0).update(status=IssueStatus.CLOSING):
        return False
    if ends.owes(promised):
        raise IssueCannotClose(problem=_OWING)
    return True


@in_transaction
def finish(*, issue_id: int, now: datetime) -> bool:
    """Close a closing issue once nothing is held: reveal, and return what nobody won. Return whether it closed."""
    free = IssueCounter.objects.filter(pk=issue_id, status=IssueStatus.CLOSING, reserved=0)
    if not free.update(status=IssueStatus.CLOSED):
        return False
    Issue.objects.filter(pk=issue_id).update(closed_at=now, updated_at=now)
    promised = terms.of_issue(issue_id)
    allocators.of(promised).close(promised, now=now)
    stock.give_back(quantities=_unsold(issue_id), now=now)
    return True


def _unsold(issue_id: int) -> dict[int, int]:
    limited = [prize for prize in terms.of_issue(issue_id).prizes if prize.quantity]
    drawn = selectors.drawn_counts(issue_id) if limited else {}
    unsold: Counter[int] = Counter()
    for prize in limited:
        for product_id, quantity in products_in(prize):
            unsold[product_id] += quantity * ((prize.quantity or 0) - drawn.get(prize.id, 0))
    return {product_id: n for product_id, n in unsold.items() if n}


@in_transaction
def close_if_due(*, issue_id: int, now: datetime) -> None:
    """Stop an issue that is sold out or past its end, and finish one that is closing."""
    issue = Issue.objects.get(pk=issue_id)
    counter = IssueCounter.objects.get(pk=issue_id)
    ends_at = terms.of_issue(issue_id).ends_at
    if counter.sold == counter.total or (ends_at is not None and now >= ends_at):
        _stop(issue, now=now)
    finish(issue_id=issue_id, now=now)


def close_finished(*, now: datetime, limit: int = AT_ONCE) -> None:
    """Look after every issue that should be closing or closed; beat's safety net."""
    live = IssueCounter.objects.filter(
        Q(status=IssueStatus.CLOSING)
        | Q(status=IssueStatus.OPEN, sold=F("total"))
        | Q(status=IssueStatus.OPEN, issue__ends_at__lte=now)
    )
    for issue_id in list(live.order_by("pk").values_list("pk", flat=True)[:limit]):
        try:
            close_if_due(issue_id=issue_id, now=now)
        except Exception:  # whatever is wrong with one, such as a key that is gone, keeps no other on sale
            logger.exception("Issue %s cannot be closed", issue_id)
