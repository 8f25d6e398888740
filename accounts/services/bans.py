"""Disable a member and let them back in."""

from datetime import datetime

from django.db.models import F

from accounts.enums import MemberStatus
from accounts.models import Member
from accounts.selectors import member_or_404
from accounts.services import sessions
from blindbox.common.retry import in_transaction
from blindbox.system import audit

ACTIONS = {MemberStatus.DISABLED: "禁用用户", MemberStatus.ACTIVE: "启用用户"}


@in_transaction
def set_status(*, member_id: int, status: MemberStatus, reason: str, actor: audit.Actor, now: datetime) -> None:
    """
    Disable or enable a member and log why. Every token dies with the change; saying it twice changes nothing.

    :raises NotFound: if there is no such member
    """
    member = member_or_404(member_id)
    others = Member.objects.filter(pk=member_id).exclude(status=status)
    if not others.update(status=status, epoch=F("epoch") + 1, updated_at=now):
        return
    sessions.revoke_all(member_id=member_id, now=now)
    audit.record(
        audit.Change(
            action=ACTIONS[status],
            object_type="Member",
            object_id=member_id,
            object_label=str(member),
            before={"status": member.status},
            after={"status": status.value},
            reason=reason,
        ),
        actor=actor,
        now=now,
    )
