"""Members in the back office."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import selectors
from accounts.api.admin import serializers as s
from accounts.api.admin.filters import MemberFilter
from accounts.api.base import OperatorViewSet
from accounts.enums import MemberStatus
from accounts.models import SEES_ALL
from accounts.selectors import dossier, invites, search
from accounts.services import bans
from blindbox.common.filtering import filtered, parameters_of
from blindbox.common.pagination import PAGE_PARAMETERS, page_of, paginate, paginate_rendered
from blindbox.common.request import parse


@extend_schema(tags=["admin/users"])
class MemberAdminViewSet(OperatorViewSet):
    """/api/admin/users"""

    permissions = {
        "list": "accounts.view_member",
        "retrieve": "accounts.view_member",
        "partial_update": "accounts.disable_member",
    }

    @property
    def _sight(self) -> dict[str, bool]:
        """What the operator may see of personal data, for `Personal` fields."""
        return {"may_tell": self.request.user.has_perm(SEES_ALL)}

    @extend_schema(parameters=[*PAGE_PARAMETERS, *parameters_of(MemberFilter)], responses=page_of(s.MemberResponse))
    def list(self, request: Request) -> Response:
        """查看用户列表"""
        found = filtered(MemberFilter, request, search.members())
        return paginate_rendered(
            request, found, lambda rows: s.MemberResponse(rows, many=True, context=self._sight).data
        )

    @extend_schema(responses=s.DossierResponse)
    def retrieve(self, request: Request, user_id: int) -> Response:
        """查看用户档案"""
        found = dossier.dossier_of(user_id, now=timezone.now())
        return Response(s.DossierResponse(found, context=self._sight).data)

    @extend_schema(request=s.MemberStatusRequest, responses=s.DossierResponse)
    def partial_update(self, request: Request, user_id: int) -> Response:
        """禁用或启用用户"""
        body = parse(s.MemberStatusRequest, request)
        status = MemberStatus(body.pop("status"))
        bans.set_status(member_id=user_id, status=status, actor=self.actor, now=timezone.now(), **body)
        return self.retrieve(request, user_id)


@extend_schema(tags=["admin/users"])
class InviteAdminViewSet(OperatorViewSet):
    """/api/admin/users/{user_id}/invites"""

    permissions = {"list": "accounts.view_invite"}

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(s.AdminInviteResponse))
    def list(self, request: Request, user_id: int) -> Response:
        """查看用户的邀请记录"""
        member = selectors.member_or_404(user_id)
        return paginate(request, invites.invites_of(inviter_id=member.pk), s.AdminInviteResponse)
