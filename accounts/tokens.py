"""Access tokens: signed with one key by exactly one algorithm, for one of two audiences."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache

import jwt
from django.conf import settings

from accounts.errors import TokenExpired, TokenInvalid

ALGORITHM = "HS256"
ISSUER = "blindbox"
CLAIMS = ["iss", "aud", "sub", "epoch", "iat", "exp"]
KEPT = 4096  # verified tokens that a process remembers


class Audience(StrEnum):
    """Whom a token speaks for; neither opens the other's door."""

    MEMBER = "member"
    OPERATOR = "operator"


@dataclass(frozen=True)
class Subject:
    """Who, and as of which epoch: a token of an older epoch no longer counts."""

    id: int
    epoch: int | str


def issue(*, audience: Audience, subject: Subject, now: datetime) -> str:
    """Sign an access token that lives for ACCESS_TOKEN_SECONDS."""
    claims = {
        "iss": ISSUER,
        "aud": audience.value,
        "sub": str(subject.id),
        "epoch": subject.epoch,
        "iat": now,
        "exp": now + timedelta(seconds=settings.ACCESS_TOKEN_SECONDS),
    }
    return jwt.encode(claims, settings.JWT_KEY, algorithm=ALGORITHM)


def read(token: str, *, audience: Audience) -> Subject:
    """
    Return whom a token speaks for.

    :raises TokenExpired: if it was right once
    :raises TokenInvalid: if it is not ours, or for somebody else's door
    """
    try:
        subject, expires_at = _verified(token, audience, settings.JWT_KEY)
    except (jwt.InvalidTokenError, ValueError) as error:
        raise TokenInvalid from error
    if time.time() >= expires_at:
        raise TokenExpired
    return subject


@lru_cache(maxsize=KEPT)
def _verified(token: str, audience: Audience, key: str) -> tuple[Subject, int]:
    """
    Return whom a token speaks for and until when, remembered: a member sends the same one for a quarter of an hour, and
    what is signed does not change. Whether it has expired or was revoked is asked at each request.

    :raises jwt.InvalidTokenError, ValueError: for any other
    """
    claims = jwt.decode(
        token,
        key,
        algorithms=[ALGORITHM],
        audience=audience.value,
        issuer=ISSUER,
        # no check of iat: a second of drift between two servers must not refuse a fresh token
        options={"require": CLAIMS, "strict_aud": True, "verify_iat": False, "verify_exp": False},
    )
    return Subject(id=_row_id(claims["sub"]), epoch=claims["epoch"]), int(claims["exp"])


def _row_id(subject: str) -> int:
    """:raises ValueError: for what no row can have as its id"""
    row_id = int(subject)
    if not 0 < row_id < 2**63:
        raise ValueError(subject)
    return row_id
