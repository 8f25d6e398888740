"""Members and operators, ready to use."""

import secrets
import string
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import Permission

from accounts.enums import PointKind
from accounts.models import Invite, Member, Operator
from accounts.services import points
from accounts.services.grants import GIVEN
from blindbox.common.ledger import Posting
from blindbox.system import audit

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"


def make_member(*, points_balance: int = 0, mall_balance: int = 0, now: datetime = NOW, **columns: Any) -> Member:
    """Return a member with both point accounts, as a first login leaves one."""
    code = secrets.token_hex(8).upper()[:12]
    made = {
        "openid": f"openid-{code}",
        "nickname": f"用户{_letters(4)}",
        "invite_code": code,
        "fair_ref": secrets.token_hex(16),
        "created_at": now,
        "updated_at": now,
    }
    member = Member.objects.create(**{**made, **columns})
    points.open_accounts(member_id=member.pk, now=now)
    give_points(member, points_balance, now=now)
    give_points(member, mall_balance, kind=PointKind.MALL, now=now)
    return member


def _letters(count: int) -> str:
    """Return letters without a digit: a search for a member's number must not find a nickname by luck."""
    return "".join(secrets.choice(string.ascii_uppercase) for _ in range(count))


def give_points(member: Member, amount: int, *, kind: PointKind = PointKind.GENERAL, now: datetime = NOW) -> None:
    """Post points to a member and log it, as an operator's grant does."""
    if amount:
        posting = Posting(delta=amount, reason="grant", ref=secrets.token_hex(8))
        entry = points.post(member_id=member.pk, postings=[posting], now=now, kind=kind)[0]
        after = {"balance": entry.balance_after, "delta": amount}
        audit.record(audit.Change(GIVEN, "Member", member.pk, str(member), after=after), actor=audit.SYSTEM, now=now)


def make_invite(*, inviter: Member, invitee: Member, now: datetime = NOW, **columns: Any) -> Invite:
    """Return a binding."""
    return Invite.objects.create(inviter=inviter, invitee=invitee, created_at=now, **columns)


def make_operator(
    *, username: str = "operator", permissions: Sequence[str] = (), superuser: bool = False, **columns: Any
) -> Operator:
    """Return an operator who holds the named permissions ("app.codename") and no others."""
    made = {"is_staff": True, "is_superuser": superuser, **columns}
    operator = Operator.objects.create_user(username=username, password=PASSWORD, **made)
    for name in permissions:
        app, codename = name.split(".")
        operator.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return operator
