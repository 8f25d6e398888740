"""Who brought whom."""

import re

from django.db.models import QuerySet

from accounts.models import Invite, Member

_SHAPE = re.compile(r"[0-9A-Za-z]{1,16}")


def invites_of(*, inviter_id: int) -> QuerySet[Invite]:
    """Return whom a member brought, newest first."""
    return Invite.objects.filter(inviter_id=inviter_id).select_related("invitee").order_by("-id")


def inviter_by_code(code: str) -> Member | None:
    """Return whose code this is, byte for byte; whatever a link may carry is not looked up unless it looks like one."""
    return Member.objects.filter(invite_code=code).first() if _SHAPE.fullmatch(code) else None


def invite_of(*, invitee_id: int) -> Invite | None:
    """Return who brought a member, if anybody did."""
    return Invite.objects.filter(invitee_id=invitee_id).select_related("inviter").first()
