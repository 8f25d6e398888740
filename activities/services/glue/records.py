"""What the generic tool keeps of its draws beside their logs: one statement a batch."""

from collections.abc import Sequence
from datetime import datetime

from activities.enums import Outcome, RewardKind
from activities.errors import AmountUsed
from activities.gameplay.base import Result
from activities.models import SessionDraw
from activities.services.batches import Batch
from activities.services.glue.amounts import Amount
from activities.services.glue.sight import Seen
from blindbox.common import sql
from blindbox.common.retry import refusing_duplicates

_COLUMNS = (
    "batch idx scope version activity member activity_no session_no amount_ref amount outcome failures last_error "
    "created_at"
)


def write(batch: Batch, seen: Seen, results: Sequence[Result], amount: Amount | None, *, now: datetime) -> None:
    """
    Write a row for each draw inside the caller's transaction.

    :raises AmountUsed: if the amount was drawn for before
    """
    source = (None, None) if amount is None else (amount.ref, amount.value)
    who = (batch.terms.activity_id, batch.member_id)
    before, taken = seen.earlier, seen.taken
    rows = (
        (batch.id, index, taken.scope_id, taken.first + index, *who)
        + (before.activity + index + 1, before.session + index + 1, *source, outcome_of(batch, result), 0, "", now)
        for index, result in enumerate(results)
    )
    with refusing_duplicates(AmountUsed):
        sql.insert(SessionDraw, _COLUMNS, rows)


def outcome_of(batch: Batch, result: Result) -> Outcome:
    """Return whether there is something to deliver."""
    nothing = batch.terms.prize_by_id[result.reward_id].kind == RewardKind.NONE
    return Outcome.NOT_WON if nothing else Outcome.WON
