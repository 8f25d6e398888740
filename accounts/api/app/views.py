"""A member's own routes."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import configs, selectors
from accounts.api.app import serializers as s
from accounts.api.base import OwnerViewSet
from accounts.selectors import invites, points
from accounts.services import profiles
from blindbox.common.pagination import LOG_PARAMETERS, PAGE_PARAMETERS, log_of, log_page, page_of, paginate
from blindbox.common.request import parse, parse_query
from blindbox.system.api.limits import limited


@extend_schema(tags=["app/users"])
class UserViewSet(OwnerViewSet):
    """/api/app/users/{user_id}"""

    @extend_schema(responses=s.UserResponse)
    def retrieve(self, request: Request, user_id: str) -> Response:
        """查看个人信息"""
        return self._user()

    @extend_schema(request=s.ProfileRequest, responses=s.UserResponse)
    def update(self, request: Request, user_id: str) -> Response:
        """修改个人信息"""
        profiles.change(member_id=self.member_id, now=timezone.now(), **parse(s.ProfileRequest, request))
        return self._user()

    @extend_schema(request=s.ProfileRequest, responses=s.UserResponse)
    def partial_update(self, request: Request, user_id: str) -> Response:
        """修改部分个人信息"""
        return self.update(request, user_id)

    @extend_schema(request=s.PhoneRequest, responses={200: s.UserResponse})
    @limited(configs.PHONES)
    def phone(self, request: Request, user_id: str) -> Response:
        """绑定微信手机号"""
        profiles.set_phone(member_id=self.member_id, now=timezone.now(), **parse(s.PhoneRequest, request))
        return self._user()

    def _user(self) -> Response:
        return Response(s.UserResponse(selectors.member_or_404(self.member_id)).data)


@extend_schema(tags=["app/users"])
class PointViewSet(OwnerViewSet):
    """/api/app/users/{user_id}/points"""

    @extend_schema(parameters=[*LOG_PARAMETERS, s.PointLogQuery], responses=log_of(s.PointEntryResponse))
    def list(self, request: Request, user_id: str) -> Response:
        """查看积分记录"""
        query: dict[str, Any] = parse_query(s.PointLogQuery, request)
        entries = points.point_entries(member_id=self.member_id, **query)
        return log_page(request, entries, s.PointEntryResponse, key="seq")

    @extend_schema(responses=s.PointBalanceResponse)
    def balance(self, request: Request, user_id: str) -> Response:
        """查看积分余额"""
        return Response(s.PointBalanceResponse(points.balance_of(self.member_id, now=timezone.now())).data)


@extend_schema(tags=["app/users"])
class InviteViewSet(OwnerViewSet):
    """/api/app/users/{user_id}/invites"""

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(s.InviteResponse))
    def list(self, request: Request, user_id: str) -> Response:
        """查看邀请记录"""
        return paginate(request, invites.invites_of(inviter_id=self.member_id), s.InviteResponse)
