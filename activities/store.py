"""The statements of the counter row: holding, selling, releasing. Each is one conditional UPDATE (docs/fairness.md)."""

from dataclasses import dataclass
from datetime import datetime

from activities.enums import IssueStatus
from activities.models import IssueCounter
from blindbox.common import sql

_TABLE = IssueCounter._meta.db_table
# additions only: unsigned columns must never be subtracted below zero, not even in a condition
_FITS = (
    "issue_id = %s AND status = 'open' AND (total IS NULL OR (sold + reserved + %s <= total "
    "AND (sold + reserved + %s + endgame <= total OR reserved = 0))) "
    "AND (cap_left IS NULL OR reserved + %s <= cap_left)"
)
_HIS = "(locked_by IS NULL OR (locked_by = %s AND (locked_until IS NULL OR locked_until > %s)))"
_WHOLE = "issue_id = %s AND status = 'open' AND reserved = 0 AND sold = %s"
_HOLD = f"UPDATE {_TABLE} SET reserved = reserved + %s WHERE {_FITS} AND {_HIS}"
_HOLD_REST = f"UPDATE {_TABLE} SET reserved = total - sold WHERE {_WHOLE} AND {_HIS}"
_SELL_REST = f"UPDATE {_TABLE} SET sold = total WHERE {_WHOLE} AND {_HIS}"
_COUNT = f"SELECT status, total, sold, reserved, cap_left, locked_by FROM {_TABLE} WHERE issue_id = %s"
_RELEASE = f"UPDATE {_TABLE} SET reserved = reserved - %s WHERE issue_id = %s AND reserved >= %s"
_TAKE = f"UPDATE {_TABLE} SET reserved = reserved WHERE issue_id = %s AND status = 'open'"
_LOCK = f"UPDATE {_TABLE} SET locked_by = %s, locked_until = %s WHERE issue_id = %s"


@dataclass(frozen=True)
class Count:
    """The counter as this transaction sees it."""

    status: IssueStatus
    total: int | None
    sold: int
    reserved: int
    cap_left: int | None
    locked_by: int | None


def hold(issue_id: int, n: int, *, member_id: int | None = None, now: datetime | None = None) -> bool:
    """Reserve quantity for an order that is to be paid; False if what is left, a guard or a lock refuses."""
    return bool(sql.execute(_HOLD, [n, issue_id, n, n, n, member_id, now]))


def sell(issue_id: int, n: int, *, member_id: int | None = None, now: datetime | None = None) -> int | None:
    """Sell quantity that was not held, under the same predicate; return how much is sold then, None if refused."""
    fits = [issue_id, n, n, n, member_id, now]
    return sql.move(_TABLE, "sold", n, fits, where=f"{_FITS} AND {_HIS}")


def hold_rest(issue_id: int, *, quoted_sold: int, member_id: int, now: datetime) -> bool:
    """Reserve all that is left, if nobody holds anything and as much is sold as when it was quoted."""
    return bool(sql.execute(_HOLD_REST, [issue_id, quoted_sold, member_id, now]))


def sell_rest(issue_id: int, *, quoted_sold: int, member_id: int, now: datetime) -> bool:
    """Sell all that is left, under the same predicate."""
    return bool(sql.execute(_SELL_REST, [issue_id, quoted_sold, member_id, now]))


def sell_held(issue_id: int, n: int) -> int | None:
    """Turn a hold into a sale; return how much is sold then, None if less is held."""
    held = "issue_id = %s AND reserved >= %s"
    return sql.move(_TABLE, "sold", n, [n, issue_id, n], also=", reserved = reserved - %s", where=held)


def release(issue_id: int, n: int) -> bool:
    """Give a hold back."""
    return bool(sql.execute(_RELEASE, [n, issue_id, n]))


def take(issue_id: int) -> bool:
    """Take an open issue's counter as it is, so that whoever queues, lets go or buys cannot pass each other."""
    return bool(sql.execute(_TAKE, [issue_id]))


def lock(issue_id: int, *, member_id: int | None, until: datetime | None) -> bool:
    """Keep everybody but one member from buying, or nobody any more; the counter must be taken."""
    return bool(sql.execute(_LOCK, [member_id, until, issue_id]))


def count(issue_id: int) -> Count:
    """Read the counter; after our own update it is ours until commit."""
    [(status, *numbers)] = sql.rows(_COUNT, [issue_id])
    return Count(IssueStatus(status), *numbers)
