"""Why the counter refused: what a member is told about a sale that did not happen."""

from datetime import datetime, timedelta

from django.db.models import Min

from activities import store
from activities.enums import IssueStatus
from activities.errors import AllReserved, IssueNotOpen, IssuePaused, IssueSoldOut, NotEnoughLeft
from activities.models import DrawBatch
from activities.services import box_turns
from activities.store import Count
from blindbox.common.errors import DomainError

GRACE = timedelta(seconds=60)  # WeChat is asked to close an overdue order first; silent, it has this long


def of_counter(issue_id: int, n: int, *, member_id: int | None = None) -> DomainError:
    """Return why the counter refused, from what it says now."""
    count = store.count(issue_id)
    lasting = _lasting(count, n)
    if lasting is not None:
        return lasting
    if count.locked_by not in (None, member_id):
        return box_turns.refusal(issue_id, member_id)
    return AllReserved(retry_at=_next_release(issue_id))


def foreseen(issue_id: int, n: int) -> DomainError | None:
    """Return why as much cannot be bought, whatever is let go meanwhile: what others hold or lock is no such reason."""
    return _lasting(store.count(issue_id), n)


def _lasting(count: Count, n: int) -> DomainError | None:
    left = None if count.total is None else count.total - count.sold
    if left == 0:
        return IssueSoldOut()
    if count.status != IssueStatus.OPEN:
        return IssueNotOpen()
    if left is not None and n > left:
        return NotEnoughLeft(left=left)
    if count.cap_left is not None and n > count.cap_left:
        return NotEnoughLeft(left=count.cap_left) if count.cap_left else IssuePaused()
    return None


def _next_release(issue_id: int) -> datetime | None:
    held = DrawBatch.objects.filter(issue_id=issue_id, hold_slot=1)
    first: datetime | None = held.aggregate(first=Min("hold_expires_at"))["first"]
    return None if first is None else first + GRACE
