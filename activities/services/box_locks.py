"""Asking for a whole box and letting it go: what a member does about a queue (docs/fairness.md)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from activities import selectors, store
from activities.enums import LockState
from activities.errors import IssueNotOpen, IssueSoldOut
from activities.gameplay.base import Terms
from activities.services import box_turns, holds, protection, refusals, terms
from activities.services.turn_rules import Standing
from blindbox.common.retry import in_transaction
from blindbox.system.idempotency import Claim, Outcome, run_once


@dataclass(frozen=True)
class Lock:
    """A box's queue as one member sees it: `until` is the end of the turn that runs, `position` one's own place."""

    seconds: int
    until: datetime | None
    queue_length: int
    state: LockState
    position: int | None


def seen_by(member_id: int | None, promised: Terms, *, now: datetime) -> Lock | None:
    """Return how the queue of a box stands, None where its box cannot be locked. Writes nothing."""
    return all_seen_by(member_id, [promised], now=now).get(promised.issue_id)


def all_seen_by(member_id: int | None, issues: Sequence[Terms], *, now: datetime) -> dict[int, Lock]:
    """Return likewise the queue of each issue whose box can be locked, with two queries for any number of them."""
    lasting = {each.issue_id: seconds for each in issues if (seconds := box_turns.seconds_of(each)) is not None}
    standings = box_turns.standings([each for each in issues if each.issue_id in lasting], now=now)
    return {pk: _lock(standing, member_id, lasting[pk]) for pk, standing in standings.items()}


def _lock(standing: Standing, member_id: int | None, seconds: int) -> Lock:
    head, position = standing.head, standing.position_of(member_id)
    until = head.until if head else None
    mine = LockState.NONE if position is None else LockState.WAITING
    if position == 0 and until is not None:
        mine = LockState.HOLDING
    return Lock(seconds, until, len(standing.queue), mine, position)


def take(*, member_id: int, activity_id: int, issue_id: int, claim: Claim, now: datetime) -> Outcome:
    """
    Take the box, or a place in its queue, once for this key.

    :raises ActivityNotFound, IssueNotFound, IssueNotOpen, IssueSoldOut, BoxLockNotOffered: if there is no such box
    :raises CoolingDown: after three turns or orders that were left unused within an hour
    :raises KeyMismatch, KeyInFlight: for a key of another request, or one still running
    """
    holds.release_lapsed(issue_id=issue_id, now=now)
    effect = partial(_join, member_id, activity_id, issue_id, now)
    return run_once(claim=claim, effect=effect, now=now)


def _join(member_id: int, activity_id: int, issue_id: int, now: datetime) -> str:
    promised = _on_sale(activity_id, issue_id, now=now)
    protection.admit(member_id=member_id, now=now)
    if not store.take(issue_id):
        raise refusals.of_counter(issue_id, 1, member_id=member_id)
    if store.count(issue_id).sold == promised.total:
        raise IssueSoldOut
    box_turns.pass_on(promised, now=now)
    holds.refuse_while_cooling_down(member_id=member_id, now=now)
    return str(box_turns.join(promised, member_id, now=now).pk)


def _on_sale(activity_id: int, issue_id: int, *, now: datetime) -> Terms:
    promised = lockable(activity_id, issue_id)
    if now < promised.starts_at or (promised.ends_at is not None and now >= promised.ends_at):
        raise IssueNotOpen
    return promised


def lockable(activity_id: int, issue_id: int) -> Terms:
    """
    Return the terms of an issue whose box can be locked.

    :raises ActivityNotFound, IssueNotFound, BoxLockNotOffered: if there is none
    """
    selectors.shown_issue(activity_id=activity_id, issue_id=issue_id)
    promised = terms.of_issue(issue_id)
    box_turns.require_offered(promised)
    return promised


@in_transaction
def let_go(*, member_id: int, activity_id: int, issue_id: int, now: datetime) -> None:
    """
    Leave the queue; who is not in it has let go already.

    :raises ActivityNotFound, IssueNotFound, BoxLockNotOffered: if there is no such box
    """
    promised = lockable(activity_id, issue_id)
    if store.take(issue_id):
        box_turns.leave(promised, member_id, now=now)
