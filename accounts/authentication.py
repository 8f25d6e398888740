"""Who calls: a member by token, an operator by token or by the admin site's session."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from accounts import selectors, tokens
from accounts.errors import MemberDisabled, TokenInvalid
from accounts.models import Operator
from accounts.selectors import Standing

CHALLENGE = "Bearer"


@dataclass(frozen=True, slots=True)
class AuthenticatedMember:
    """
    The member of a request: what was read to let them in, since loading the row would cost more than the rest of
    authentication.
    """

    standing: Standing
    is_authenticated: ClassVar[bool] = True

    @property
    def id(self) -> int:
        return self.standing.id


def bearer_token(request: Request) -> str | None:
    """
    Return the token of the Authorization header, or None where there is none.

    :raises TokenInvalid: if the header says Bearer but holds no single ASCII token
    """
    scheme, _, token = get_authorization_header(request).partition(b" ")
    if scheme.lower() != b"bearer":
        return None
    try:
        return token.decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise TokenInvalid from error


class _BearerAuthentication(BaseAuthentication):
    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


Look = Callable[[int], Standing | None]


class MemberAuthentication(_BearerAuthentication):
    """One query a request by primary key, so that a ban acts at once; `look` may read what the route needs besides."""

    def __init__(self, look: Look = selectors.standing_of) -> None:
        self._look = look

    def authenticate(self, request: Request) -> tuple[AuthenticatedMember, None] | None:
        token = bearer_token(request)
        if token is None:
            return None
        subject = tokens.read(token, audience=tokens.Audience.MEMBER)
        standing = self._look(subject.id)
        if standing is None:
            raise TokenInvalid
        if standing.is_disabled:
            raise MemberDisabled
        if standing.epoch != subject.epoch:
            raise TokenInvalid
        return AuthenticatedMember(standing), None


class OperatorTokenAuthentication(_BearerAuthentication):
    """For scripts. A changed password, a deactivation or the loss of the back office ends a token at once."""

    def authenticate(self, request: Request) -> tuple[Operator, None] | None:
        token = bearer_token(request)
        if token is None:
            return None
        subject = tokens.read(token, audience=tokens.Audience.OPERATOR)
        operator = Operator.objects.filter(pk=subject.id, is_active=True, is_staff=True).first()
        if operator is None or operator.token_epoch() != subject.epoch:
            raise TokenInvalid
        return operator, None


class MemberOrOperatorAuthentication(_BearerAuthentication):
    """For the requirement's own routes, which the mini-program and the shop's servers both call."""

    def __init__(self, look: Look = selectors.standing_of) -> None:
        self._look = look

    def authenticate(self, request: Request) -> tuple[AuthenticatedMember | Operator, None] | None:
        try:
            return MemberAuthentication(self._look).authenticate(request)
        except TokenInvalid:
            return OperatorTokenAuthentication().authenticate(request)
