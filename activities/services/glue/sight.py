"""
What a batch of the generic tool sees once its versions are taken: one query for all of it, as each costs every draw.

The versions are taken by a write before, so what is read here stays true until commit (docs/fairness.md).
"""

from dataclasses import dataclass
from datetime import date, datetime

from activities.enums import DropStatus
from activities.gameplay import limits, occurrences
from activities.gameplay.base import Terms
from activities.models import RewardDrop, RewardStock, SessionScope, SessionTally
from activities.services import limited
from activities.services.batches import Batch, Earlier
from activities.services.glue import releasing, scopes, tallies
from activities.services.glue.scopes import Taken
from blindbox.common import sql

_TALLIES, _STOCKS = SessionTally._meta.db_table, RewardStock._meta.db_table
_DUE = (
    f"SELECT COUNT(*) FROM {RewardDrop._meta.db_table} "
    f"WHERE issue_id = %s AND status = '{DropStatus.WAIT}' AND release_at <= %s"
)
_LOOK = (
    f"SELECT s.id, s.version, ({_DUE}), a.used, o.used, {{stock}} FROM {SessionScope._meta.db_table} s "
    f"JOIN {_TALLIES} a ON a.subject = %s AND a.member_id = %s "
    f"JOIN {_TALLIES} o ON o.subject = %s AND o.member_id = %s {{join}} "
    "WHERE s.issue_id = %s AND s.occurrence = %s"
)


@dataclass(frozen=True)
class Seen:
    """Versions that are ours, the member's draws before these, and what is there of each limited prize."""

    taken: Taken
    earlier: Earlier
    left: dict[int, int]


def take(batch: Batch, occurrence: date, *, now: datetime) -> Seen:
    """
    Take a batch's versions inside the caller's transaction, let in what is due, and look.

    :raises SessionNotLive: if a later occurrence began
    """
    due_by = occurrences.of_terms(batch.terms).bounds(occurrence).latest(now)
    scopes.advance(batch.terms.issue_id, occurrence, batch.count)
    seen = _look(batch, occurrence, due_by=due_by)
    if not seen.taken.due:
        return seen
    releasing.release(batch.terms.issue_id, seen.taken, due_by=due_by, now=now)
    return Seen(seen.taken, seen.earlier, limited.left_of(batch.terms))


def _look(batch: Batch, occurrence: date, *, due_by: datetime) -> Seen:
    issue_id, ids = batch.terms.issue_id, [prize.id for prize in limits.limited(batch.terms.prizes)]
    mine = [each for subject in _subjects(batch.terms, occurrence) for each in (subject, batch.member_id)]
    join = f"LEFT JOIN {_STOCKS} k ON k.reward_id IN ({', '.join(['%s'] * len(ids))})" if ids else ""
    statement = _LOOK.format(stock="k.reward_id, k.released - k.given" if ids else "NULL, NULL", join=join)
    rows = sql.rows(statement, [issue_id, due_by, *mine, *ids, issue_id, occurrence.isoformat()])
    scope_id, version, due, activity, session = rows[0][:5]
    taken = Taken(scope_id, version, batch.count, bool(due))
    earlier = Earlier(activity - batch.count, session - batch.count)
    return Seen(taken, earlier, {reward_id: left for *_, reward_id, left in rows if reward_id is not None})


def _subjects(promised: Terms, occurrence: date) -> tuple[str, str]:
    return tallies.of_activity(promised.activity_id), tallies.of_session(promised.issue_id, occurrence)
