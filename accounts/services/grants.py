"""Points that operators give or take back by hand."""

import hashlib
from datetime import datetime

from accounts.configs import MOST_PER_GRANT
from accounts.enums import PointReason
from accounts.errors import GrantTooLarge
from accounts.models import PointEntry
from accounts.selectors import member_or_404
from accounts.services import points
from blindbox.common.ledger import Posting
from blindbox.common.retry import in_transaction
from blindbox.system import audit
from blindbox.system.configs import value_of

MOST_POINTS = 10**9
GIVEN, TAKEN = ACTIONS = "发放积分", "扣回积分"


def ref_of(*, actor_id: int, key: str) -> str:
    """Return the ledger's reference of one grant: the ledger refuses a repeat even after the key is cleaned up."""
    return hashlib.sha256(f"{actor_id}:{key}".encode()).hexdigest()[:32]


@in_transaction
def grant(*, member_id: int, delta: int, reason: str, ref: str, actor: audit.Actor, now: datetime) -> PointEntry:
    """
    Add points, or take some back down to zero, and log who did and why.

    :raises GrantTooLarge: if an operator gives more at once than the shop allows
    :raises NotFound: if there is no such member
    :raises PointsInsufficient: if there is less to take back
    :raises AlreadyPosted: if this reference was granted before
    """
    if actor.id is not None and delta > value_of(MOST_PER_GRANT):
        raise GrantTooLarge(most=value_of(MOST_PER_GRANT))
    member = member_or_404(member_id)
    posting = Posting(delta=delta, reason=PointReason.GRANT, ref=ref, note=reason)
    entry = points.post(member_id=member_id, postings=[posting], now=now)[0]
    audit.record(
        audit.Change(
            action=GIVEN if delta > 0 else TAKEN,
            object_type="Member",
            object_id=member_id,
            object_label=str(member),
            before={"balance": entry.balance_after - delta},
            after={"balance": entry.balance_after, "delta": delta},
            reason=reason,
        ),
        actor=actor,
        now=now,
    )
    return entry
