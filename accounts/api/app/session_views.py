"""How a member gets tokens and gives them back."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import configs
from accounts.api.app import serializers as s
from accounts.api.base import TokenlessViewSet
from accounts.services import login, sessions
from blindbox.common.openapi import also_refuses
from blindbox.common.request import parse
from blindbox.common.serializers import Nothing
from blindbox.system.api.limits import limited


@extend_schema(tags=["app/users"])
class SessionViewSet(TokenlessViewSet):
    """/api/app/users/weixin/login, /api/app/users/token/refresh, /api/app/users/logout"""

    @extend_schema(request=s.WechatLoginRequest, responses={200: s.LoginResponse})
    @limited(configs.LOGINS)
    @also_refuses(401, 403)
    def weixin_login(self, request: Request) -> Response:
        """微信登录"""
        entered = login.by_wechat(now=timezone.now(), **parse(s.WechatLoginRequest, request))
        return Response(s.LoginResponse(entered).data)

    @extend_schema(request=s.RefreshTokenRequest, responses={200: s.TokenPairResponse})
    @also_refuses(401, 403)
    def refresh(self, request: Request) -> Response:
        """刷新凭证"""
        pair = sessions.refresh(now=timezone.now(), **parse(s.RefreshTokenRequest, request))
        return Response(s.TokenPairResponse(pair).data)

    @extend_schema(request=s.RefreshTokenRequest, responses={200: Nothing})
    @also_refuses(401)
    def logout(self, request: Request) -> Response:
        """退出登录"""
        sessions.close(now=timezone.now(), **parse(s.RefreshTokenRequest, request))
        return Response({})
