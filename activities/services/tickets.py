"""
The numbers of a pick-a-number box, inside the transaction that sells: the counter is taken, then the picked rows.

A number is claimed by one conditional UPDATE whose count is checked: of two members on one number, one gets it and the
other is told which are gone.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from activities.errors import TicketTaken
from activities.gameplay.base import Result, Terms
from activities.models import IssueTicket
from activities.services.batches import Ask, Batch
from blindbox.common import sql

AT_ONCE = 2000
_TABLE = IssueTicket._meta.db_table
_CLAIM = f"UPDATE {_TABLE} SET batch_id = %s WHERE issue_id = %s AND batch_id IS NULL"
_FREE = f"UPDATE {_TABLE} SET batch_id = NULL WHERE issue_id = %s AND batch_id = %s AND reward_id IS NULL"
_LEFT = f"SELECT ticket_no FROM {_TABLE} WHERE issue_id = %s AND reward_id IS NULL ORDER BY ticket_no"
_OPENED = "issue_id = %s AND reward_id IS NULL AND (batch_id IS NULL OR batch_id = %s)"


def lay_out(promised: Terms) -> None:
    """Put a row for every number of a box that opens."""
    numbers = range(1, (promised.total or 0) + 1)
    rows = (IssueTicket(issue_id=promised.issue_id, ticket_no=number) for number in numbers)
    IssueTicket.objects.bulk_create(rows, batch_size=AT_ONCE)


def hold(ask: Ask) -> None:
    """
    Claim the numbers that a purchase names, all that are left where it buys the box out.

    :raises TicketTaken: naming those that somebody else has
    """
    named, values = _among(ask.ticket_nos)
    claimed = sql.execute(_CLAIM + named, [ask.batch_id, ask.terms.issue_id, *values])
    if claimed != ask.count:
        raise _taken(ask.terms.issue_id, ask.ticket_nos, but=ask.batch_id)


def release(ask: Ask) -> None:
    """Give the numbers of a hold back."""
    named, values = _among(ask.ticket_nos)
    sql.execute(_FREE + named, [ask.terms.issue_id, ask.batch_id, *values])


def of_batch(batch: Batch) -> Sequence[int]:
    """Return the numbers that a batch opens, in their order: the picked ones, or all that are left."""
    return batch.ticket_nos or [number for (number,) in sql.rows(_LEFT, [batch.terms.issue_id])]


def open_for(batch: Batch, results: Iterable[Result]) -> None:
    """
    Turn the numbers of a batch over: each is his, with what it held. Held or free before; nobody else's.

    :raises TicketTaken: naming those that somebody else has
    """
    numbers = {result.ticket_no or 0: result.reward_id for result in results if result.bonus_of is None}
    cases, held = _cases(numbers)
    named, values = _among([*numbers])
    statement = f"UPDATE {_TABLE} SET batch_id = %s, reward_id = CASE {cases} END WHERE {_OPENED}{named}"
    issue_id = batch.terms.issue_id
    if sql.execute(statement, [batch.id, *held, issue_id, batch.id, *values]) != len(numbers):
        raise _taken(issue_id, [*numbers], but=batch.id)


def _cases(numbers: Mapping[int, int]) -> tuple[str, list[int]]:
    """Return the part of a statement that says which reward each number held."""
    by_reward: dict[int, list[int]] = {}
    for number, reward_id in numbers.items():
        by_reward.setdefault(reward_id, []).append(number)
    cases = " ".join(f"WHEN ticket_no IN ({_marks(mine)}) THEN %s" for mine in by_reward.values())
    return cases, list(chain.from_iterable([*mine, reward_id] for reward_id, mine in by_reward.items()))


def _among(numbers: Sequence[int]) -> tuple[str, Sequence[int]]:
    return (f" AND ticket_no IN ({_marks(numbers)})", numbers) if numbers else ("", ())


def _marks(numbers: Sequence[int]) -> str:
    return ", ".join(["%s"] * len(numbers))


def _taken(issue_id: int, numbers: Sequence[int], *, but: int) -> TicketTaken:
    others = IssueTicket.objects.filter(issue_id=issue_id, batch__isnull=False).exclude(batch_id=but)
    named = others.filter(ticket_no__in=numbers) if numbers else others.filter(reward__isnull=True)
    gone = list(named.order_by("ticket_no").values_list("ticket_no", flat=True))
    return TicketTaken(ticket_nos=gone, numbers="、".join(map(str, gone)))
