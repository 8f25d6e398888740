"""All that the back office shows of one member."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import Invite, Member, MemberSession
from accounts.selectors.invites import invite_of
from accounts.selectors.members import MemberCard, member_or_404
from accounts.selectors.points import Balance, balance_of


@dataclass(frozen=True)
class Dossier:
    member: Member
    points: Balance
    inviter: MemberCard | None
    invite_count: int
    session_count: int


def dossier_of(member_id: int, *, now: datetime) -> Dossier:
    """:raises NotFound: if there is no such member"""
    return Dossier(
        member=member_or_404(member_id),
        points=balance_of(member_id, now=now),
        inviter=_inviter_of(member_id),
        invite_count=Invite.objects.filter(inviter_id=member_id).count(),
        session_count=MemberSession.objects.filter(member_id=member_id, revoked_at__isnull=True).count(),
    )


def _inviter_of(member_id: int) -> MemberCard | None:
    invite = invite_of(invitee_id=member_id)
    if invite is None:
        return None
    inviter = invite.inviter
    return MemberCard(id=inviter.pk, nickname=inviter.nickname, avatar_url=inviter.avatar_url)
