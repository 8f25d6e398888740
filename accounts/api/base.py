"""The bases of every app and back-office view: who calls, and whether they may."""

from typing import Any, ClassVar, cast

from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts import selectors as accounts
from accounts.api import schema  # noqa: F401  registers the schemes
from accounts.api.permissions import HasActionPermission, IsMember, IsMemberOrOperator
from accounts.authentication import (
    CHALLENGE,
    AuthenticatedMember,
    MemberAuthentication,
    MemberOrOperatorAuthentication,
    OperatorTokenAuthentication,
)
from accounts.models import Operator
from accounts.selectors.protection import Buyer, find_buyer
from blindbox.common.client import client_ip
from blindbox.common.errors import Forbidden, NotFound
from blindbox.common.serializers import BIGGEST
from blindbox.system.audit import Actor

MYSELF = "me"


class BearerViewSet(ViewSet):
    """Answers every 401 with the challenge that HTTP asks for, and 404 to an id beyond what any row can have."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if any(isinstance(value, int) and value > BIGGEST for value in kwargs.values()):
            raise NotFound

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        if answer.status_code == 401:
            answer.headers["WWW-Authenticate"] = CHALLENGE
        return answer


class TokenlessViewSet(BearerViewSet):
    """For those who come to get a token: what they bring in the header does not matter."""

    authentication_classes = []
    permission_classes = [AllowAny]


class PublicViewSet(BearerViewSet):
    """/api/app for everybody; a token is optional, but a bad one is refused."""

    authentication_classes = [MemberAuthentication]
    permission_classes = [AllowAny]

    @property
    def member_id(self) -> int | None:
        user = self.request.user
        return user.id if isinstance(user, AuthenticatedMember) else None


class MemberViewSet(BearerViewSet):
    """/api/app for members."""

    authentication_classes = [MemberAuthentication]
    permission_classes = [IsMember]

    @property
    def member_id(self) -> int:
        return cast(AuthenticatedMember, self.request.user).id


class BuyerViewSet(MemberViewSet):
    """/api/app for members who buy: what the sale must know of them was read with their token."""

    def get_authenticators(self) -> list[BaseAuthentication]:
        return [MemberAuthentication(look=find_buyer)]

    @property
    def buyer(self) -> Buyer:
        return cast(Buyer, cast(AuthenticatedMember, self.request.user).standing)


class OwnerViewSet(MemberViewSet):
    """/api/app/users/{user_id}/…: only the member themselves, whether another id exists or not."""

    path_words: ClassVar[dict[str, str]] = {"user_id": "自己的用户编号，或 me"}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if kwargs["user_id"] not in (MYSELF, str(self.member_id)):
            raise Forbidden


class OperatorViewSet(BearerViewSet):
    """/api/admin: `permissions` names one Django permission for each action."""

    authentication_classes = [OperatorTokenAuthentication, SessionAuthentication]
    permission_classes = [HasActionPermission]
    permissions: ClassVar[dict[str, str]] = {}

    @property
    def operator_id(self) -> int:
        return cast(Operator, self.request.user).pk

    @property
    def actor(self) -> Actor:
        operator = cast(Operator, self.request.user)
        return Actor(id=operator.pk, name=operator.get_username(), ip=client_ip(self.request), why=self._why)

    @property
    def _why(self) -> str:
        """What the body gives as the reason of a change, for the log; `Reasoned` requests check it."""
        body = self.request.data
        said = body.get("reason") if isinstance(body, dict) else None
        return said.strip() if isinstance(said, str) else ""


class SharedViewSet(BearerViewSet):
    """
    The requirement's own routes: members for themselves, an operator's service token for any member.

    `permission` is what the operator needs for that.
    """

    authentication_classes = [MemberOrOperatorAuthentication]
    permission_classes = [IsMemberOrOperator]
    permission: ClassVar[str] = ""

    @property
    def member_id(self) -> int | None:
        user = self.request.user
        return user.id if isinstance(user, AuthenticatedMember) else None

    def require_may_act_for(self, uid: int) -> None:
        """
        Let a member act for themselves, and an operator who holds the permission for a member who may use the app.

        :raises Forbidden: for anybody else, whether that member exists or not
        :raises NotFound, MemberDisabled: if the operator names a member who is not there, or is disabled
        """
        user = self.request.user
        if not isinstance(user, Operator):
            if self.member_id != uid:
                raise Forbidden
        elif not user.has_perm(self.permission):
            raise Forbidden
        else:
            accounts.require_active(uid)


class SharedBuyerViewSet(SharedViewSet):
    """A shared route that sells: what the sale must know of a member who buys was read with their token."""

    def get_authenticators(self) -> list[BaseAuthentication]:
        return [MemberOrOperatorAuthentication(look=find_buyer)]

    @property
    def buyer(self) -> Buyer | None:
        user = self.request.user
        return cast(Buyer, user.standing) if isinstance(user, AuthenticatedMember) else None
