"""Logins of members: open, refresh, end."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from accounts import tokens
from accounts.enums import MemberStatus
from accounts.errors import MemberDisabled, TokenExpired, TokenInvalid
from accounts.models import Member, MemberSession
from accounts.services.refresh_tokens import RefreshToken
from blindbox.common import pruning
from blindbox.common.retry import in_transaction

KEEP_EXPIRED = timedelta(days=7)  # so long its owner still reads "expired" instead of "invalid"


@dataclass(frozen=True)
class TokenPair:
    """An access token for `expires_in` seconds and what gets the next one."""

    access_token: str
    refresh_token: str
    expires_in: int


@in_transaction
def open_session(*, member: Member, now: datetime) -> TokenPair:
    """
    Start a session for a member who has proved who they are.

    :raises MemberDisabled: if they were banned since they were read; a ban at this moment waits, and ends this one too
    """
    if not Member.objects.filter(pk=member.pk, epoch=member.epoch).update(epoch=member.epoch):
        raise MemberDisabled
    token = RefreshToken.fresh()
    MemberSession.objects.create(
        member=member,
        family_hash=token.family_hash,
        token_hash=token.secret_hash,
        expires_at=_expiry(now),
        created_at=now,
    )
    return _pair(member, token, now=now)


def refresh(*, refresh_token: str, now: datetime) -> TokenPair:
    """
    Exchange a refresh token for new tokens; it is used up.

    :raises MemberDisabled: if the member is banned
    :raises TokenExpired: if it was not used for too long
    :raises TokenInvalid: if it is not ours, revoked, or used before: then somebody copied it, and the session ends
    """
    token = RefreshToken.parse(refresh_token)
    session = _session(token)
    if session.member.status == MemberStatus.DISABLED:
        raise MemberDisabled
    if session.expires_at <= now:
        raise TokenExpired
    successor = _rotate(token, now=now)
    if successor is None:
        raise TokenInvalid
    return _pair(session.member, successor, now=now)


@in_transaction
def close(*, refresh_token: str, now: datetime) -> None:
    """
    End the session of a refresh token; ending it again changes nothing.

    :raises TokenInvalid: if it is not ours
    """
    _revoke(_session(RefreshToken.parse(refresh_token)).family_hash, now=now)


def forget_expired(*, now: datetime) -> None:
    """Delete sessions that ended a while ago, a bounded number a run; a copied token of theirs opens nothing."""
    pruning.drop(MemberSession.objects.filter(expires_at__lt=now - KEEP_EXPIRED), oldest="expires_at")


def revoke_all(*, member_id: int, now: datetime) -> None:
    """End every session of a member."""
    MemberSession.objects.filter(member_id=member_id, revoked_at__isnull=True).update(revoked_at=now)


@in_transaction
def _rotate(token: RefreshToken, *, now: datetime) -> RefreshToken | None:
    successor = token.successor()
    current = MemberSession.objects.filter(
        family_hash=token.family_hash, token_hash=token.secret_hash, revoked_at__isnull=True
    )
    if current.update(token_hash=successor.secret_hash, expires_at=_expiry(now)):
        return successor
    _revoke(token.family_hash, now=now)  # and not an exception here: the revocation must commit
    return None


def _revoke(family_hash: str, *, now: datetime) -> None:
    MemberSession.objects.filter(family_hash=family_hash, revoked_at__isnull=True).update(revoked_at=now)


def _session(token: RefreshToken) -> MemberSession:
    session = MemberSession.objects.filter(family_hash=token.family_hash).select_related("member").first()
    if session is None:
        raise TokenInvalid
    return session


def _pair(member: Member, token: RefreshToken, *, now: datetime) -> TokenPair:
    subject = tokens.Subject(id=member.pk, epoch=member.epoch)
    access = tokens.issue(audience=tokens.Audience.MEMBER, subject=subject, now=now)
    return TokenPair(access, token.text, settings.ACCESS_TOKEN_SECONDS)


def _expiry(now: datetime) -> datetime:
    return now + timedelta(days=settings.REFRESH_TOKEN_DAYS)
