"""One abstract append-only ledger for points and every purse compartment."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import accumulate, chain
from typing import Any

from django.db import models
from django.db.models import Q

from blindbox.common import sql
from blindbox.common.errors import Conflict
from blindbox.common.fields import CodeField
from blindbox.common.models import TimestampedModel
from blindbox.common.retry import refusing_duplicates


class BalanceInsufficient(Conflict):
    code, message = "ledger.insufficient", "余额不足"


class AlreadyPosted(Conflict):
    code, message = "ledger.already_posted", "这笔变动已经入账"


class LedgerAccount(TimestampedModel):
    """A balance that is never negative and the number of its last entry."""

    balance = models.BigIntegerField("余额", default=0)
    seq = models.BigIntegerField("流水号", default=0)

    class Meta:
        abstract = True
        constraints = [models.CheckConstraint(condition=Q(balance__gte=0), name="%(class)s_balance_not_negative")]


class LedgerEntry(models.Model):
    """One movement, never changed afterwards. A concrete ledger adds `account` and its unique keys."""

    seq = models.BigIntegerField("流水号")
    delta = models.BigIntegerField("变动")
    balance_after = models.BigIntegerField("变动后余额")
    reason = models.CharField("原因", max_length=32)
    ref = CodeField("业务编号", max_length=64)
    note = models.CharField("备注", max_length=200, default="", blank=True)
    occurred_at = models.DateTimeField("时间")

    class Meta:
        abstract = True


@dataclass(frozen=True)
class Posting:
    """What one business event does to an account; (account, reason, ref) posts once."""

    delta: int
    reason: str
    ref: str
    note: str = ""


@dataclass(frozen=True)
class Ledger:
    """
    The one writer of an account table and its entry table. A draw by points posts here, so it is two plain
    statements.
    """

    accounts: type[Any]
    entries: type[Any]

    def post(self, *, account: Mapping[str, Any], postings: Sequence[Posting], now: datetime) -> None:
        """
        Move the balance once and append one entry a posting, inside the caller's transaction.

        :param account: the columns that name the account's row
        :raises BalanceInsufficient: if the balance would go negative, at the end or on the way there
        :raises AlreadyPosted: if one of them is in the ledger; the caller's transaction must roll back
        """
        if not postings:
            return
        reached = list(accumulate((posting.delta for posting in postings), initial=0))
        total, needed = reached[-1], -min(reached)
        tables = (self.accounts._meta.db_table, self.entries._meta.db_table)
        move, append, each = _statements(*tables, tuple(account))
        row = [*account.values()]
        if not sql.execute(move, [total, len(postings), now, *row, needed]):
            raise BalanceInsufficient(needed=needed)
        lines = _lines(postings, reached, row, now)
        with refusing_duplicates(AlreadyPosted):
            sql.execute(append + " UNION ALL ".join([each] * len(postings)), list(chain.from_iterable(lines)))


@cache
def _statements(accounts: str, entries: str, columns: tuple[str, ...]) -> tuple[str, str, str]:
    """
    Return the guarded move of a balance, and the start and one line of appending its entries, for a row named by
    these columns. The entries take number and balance from the row: moved, it is ours until commit.
    """
    row = " AND ".join(f"{column} = %s" for column in columns)
    move = (
        f"UPDATE {accounts} SET balance = balance + %s, seq = seq + %s, updated_at = %s WHERE {row} AND balance >= %s"
    )
    append = f"INSERT INTO {entries} (account_id, seq, delta, balance_after, reason, ref, note, occurred_at) "
    return move, append, f"SELECT id, seq - %s, %s, balance - %s, %s, %s, %s, %s FROM {accounts} WHERE {row}"


def _lines(
    postings: Sequence[Posting], reached: Sequence[int], row: Sequence[Any], now: datetime
) -> Iterator[list[Any]]:
    """Return each line's values: how many entries and how much of the move come after it, then what it says."""
    for number, posting in enumerate(postings, start=1):
        after = (len(postings) - number, posting.delta, reached[-1] - reached[number])
        yield [*after, posting.reason, posting.ref, posting.note, now, *row]
