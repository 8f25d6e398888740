"""Bind a member to who brought them, and reward that once."""

from dataclasses import dataclass
from datetime import datetime

from accounts import configs
from accounts.enums import InviteReason, MemberStatus, PointReason
from accounts.errors import AlreadyInvited
from accounts.events import MemberInvited
from accounts.models import Invite, Member
from accounts.selectors.invites import invite_of, inviter_by_code
from accounts.services import points as ledger
from blindbox.common.ledger import Posting
from blindbox.common.retry import in_transaction, refusing_duplicates
from blindbox.system import outbox
from blindbox.system.configs import value_of


@dataclass(frozen=True)
class Binding:
    """What a login's code led to. `rewarded`: the inviter's points are on their way."""

    reason: InviteReason
    rewarded: bool = False

    @property
    def bound(self) -> bool:
        return self.reason == InviteReason.BOUND


def bind(*, invitee: Member, code: str, is_new: bool, now: datetime) -> Binding:
    """Bind a member who logs in with somebody's code. A code that cannot count is an answer, never an error."""
    if not code:
        return Binding(InviteReason.NO_CODE)
    inviter = inviter_by_code(code)
    if inviter is None:
        return Binding(InviteReason.UNKNOWN_CODE)
    refusal = _refusal(inviter, invitee) or _unbindable(invitee, is_new=is_new)
    if refusal:
        return Binding(refusal)
    try:
        return _bind(inviter_id=inviter.pk, invitee_id=invitee.pk, now=now)
    except AlreadyInvited:
        return Binding(InviteReason.ALREADY_INVITED)


def _refusal(inviter: Member, invitee: Member) -> InviteReason | None:
    if inviter.pk == invitee.pk:
        return InviteReason.SELF
    if inviter.status != MemberStatus.ACTIVE:
        return InviteReason.INVITER_UNAVAILABLE
    # Registration times never change, so this order holds whoever binds whom at the same moment: no loop of any length
    if inviter.created_at >= invitee.created_at:
        return InviteReason.INVITER_NEWER
    return None


def _unbindable(invitee: Member, *, is_new: bool) -> InviteReason | None:
    if is_new:
        return None
    if invite_of(invitee_id=invitee.pk):
        return InviteReason.ALREADY_INVITED
    return InviteReason.NOT_NEW if value_of(configs.INVITE_BIND) == configs.NEW_ONLY else None


@in_transaction
def _bind(*, inviter_id: int, invitee_id: int, now: datetime) -> Binding:
    promised: int = value_of(configs.INVITE_REWARD_POINTS)
    with refusing_duplicates(AlreadyInvited):
        invite = Invite.objects.create(
            inviter_id=inviter_id, invitee_id=invitee_id, promised_points=promised, created_at=now
        )
    if promised:
        outbox.publish(MemberInvited(key=str(invite.pk), invite_id=invite.pk, points=promised), now=now)
    return Binding(InviteReason.BOUND, rewarded=promised > 0)


@in_transaction
def reward(*, invite_id: int, points: int, now: datetime) -> None:
    """Post the inviter's points, once however often it is asked."""
    unrewarded = Invite.objects.filter(pk=invite_id, rewarded_at__isnull=True)
    if not unrewarded.update(rewarded_points=points, rewarded_at=now):
        return
    inviter_id = Invite.objects.values_list("inviter_id", flat=True).get(pk=invite_id)
    posting = Posting(delta=points, reason=PointReason.INVITE, ref=f"invite:{invite_id}")
    ledger.post(member_id=inviter_id, postings=[posting], now=now)
