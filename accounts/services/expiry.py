"""Points that nobody used in time: computed from the ledger, oldest first, and posted as one entry."""

import logging
from datetime import date, datetime

from accounts.enums import PointKind, PointReason
from accounts.models import PointAccount
from accounts.selectors.points import general_account, good_since, older_than
from accounts.services import points
from blindbox.common.business_day import business_day, day_bounds
from blindbox.common.ledger import Posting
from blindbox.common.reading import pages
from blindbox.common.retry import in_transaction

logger = logging.getLogger(__name__)


def expire(*, now: datetime) -> int:
    """Take the general points that are too old by today, and return from how many members; a repeat takes nothing."""
    since = good_since(now)
    if since is None:
        return 0
    held = PointAccount.objects.filter(kind=PointKind.GENERAL, balance__gt=0)
    due = pages(older_than(since, held).filter(old__gt=0), "member_id")
    return sum(_expire_or_log(member_id, since=since, now=now) for page in due for _, member_id in page)


def _expire_or_log(member_id: int, *, since: datetime, now: datetime) -> bool:
    try:
        return _expire(member_id, since=since, now=now)
    except Exception:  # whatever is wrong with one, spares no other's old points
        logger.exception("Member %s: old points cannot be taken", member_id)
        return False


@in_transaction
def _expire(member_id: int, *, since: datetime, now: datetime) -> bool:
    """Take what is old when the account is ours: the member may have spent it since it was looked at."""
    points.hold_account(member_id=member_id, now=now)
    old = older_than(since, general_account(member_id)).values_list("old", flat=True).get()
    if not old:
        return False
    posting = Posting(-old, PointReason.EXPIRY, _ref(since), note=f"{business_day(since)} 之前到账")
    points.post_here(member_id=member_id, postings=[posting], now=now)
    return True


def _ref(since: datetime) -> str:
    """Return the reference of an expiry: the first day whose points are still good."""
    return f"expiry:{business_day(since)}"


def since_of(ref: str) -> datetime:
    """Return the moment that a reference names."""
    return day_bounds(date.fromisoformat(ref.removeprefix("expiry:")))[0]
