"""How an operator's script gets a token."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.admin import serializers as s
from accounts.api.base import TokenlessViewSet
from accounts.services import operators
from blindbox.common.client import client_ip
from blindbox.common.openapi import also_refuses
from blindbox.common.request import parse


@extend_schema(tags=["admin/token"])
class OperatorTokenViewSet(TokenlessViewSet):
    """/api/admin/token"""

    @extend_schema(request=s.OperatorTokenRequest, responses={200: s.OperatorTokenResponse})
    @also_refuses(401, 429)
    def create(self, request: Request) -> Response:
        """操作员登录"""
        body = parse(s.OperatorTokenRequest, request)
        token = operators.sign_in(ip=client_ip(request) or "", now=timezone.now(), **body)
        return Response(s.OperatorTokenResponse({"access_token": token}).data)
