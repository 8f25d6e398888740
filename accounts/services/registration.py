"""Make a member of a person whom WeChat vouched for."""

import secrets
from datetime import datetime

from accounts.errors import AlreadyRegistered
from accounts.models import Member
from accounts.services import points
from blindbox.common.retry import in_transaction, refusing_duplicates
from blindbox.integrations.wechat.login import WechatIdentity

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that reads like something else
CODE_LENGTH = 12
FAIR_REF_BYTES = 16


def member_of(identity: WechatIdentity) -> Member | None:
    """Return who this is, if they were here before: by openid, or as the same person in another of our WeChat apps."""
    member = Member.objects.filter(openid=identity.openid).first()
    if member is None and identity.unionid:
        member = Member.objects.filter(unionid=identity.unionid).first()
    return member


@in_transaction
def register(*, identity: WechatIdentity, now: datetime) -> Member:
    """
    Create a member with their point accounts.

    :raises AlreadyRegistered: if a request at the same time was first
    """
    code = new_code()
    with refusing_duplicates(AlreadyRegistered):
        member = Member.objects.create(
            openid=identity.openid,
            unionid=identity.unionid,
            nickname=_first_nickname(code),
            invite_code=code,
            fair_ref=secrets.token_hex(FAIR_REF_BYTES),
            created_at=now,
            updated_at=now,
        )
    points.open_accounts(member_id=member.pk, now=now)
    return member


def _first_nickname(code: str) -> str:
    return f"微信用户{code[:4]}"


def is_unnamed(member: Member) -> bool:
    """Tell whether a member still goes by the name that registration gave."""
    return member.nickname == _first_nickname(member.invite_code)


def new_code() -> str:
    """Return an invite code that nobody can guess from others."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
