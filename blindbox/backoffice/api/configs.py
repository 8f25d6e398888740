"""Typed settings: members read the public ones, operators read and set them."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import OperatorViewSet, PublicViewSet
from blindbox.backoffice.api.serializers import AdminConfigResponse, ConfigRequest, ConfigResponse
from blindbox.common.pagination import PAGE_PARAMETERS, page_of, paginate
from blindbox.common.request import parse
from blindbox.system import configs, selectors


@extend_schema(tags=["app/system"])
class ConfigViewSet(PublicViewSet):
    """/api/app/configs"""

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(ConfigResponse))
    def list(self, request: Request) -> Response:
        """查看公开配置"""
        return paginate(request, selectors.setting_values(public_only=True), ConfigResponse)


@extend_schema(tags=["admin/system"])
class ConfigAdminViewSet(OperatorViewSet):
    """/api/admin/configs"""

    permissions = {"list": "system.view_config", "retrieve": "system.view_config", "update": "system.change_config"}

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(AdminConfigResponse))
    def list(self, request: Request) -> Response:
        """查看全部配置"""
        return paginate(request, selectors.setting_values(), AdminConfigResponse)

    @extend_schema(responses=AdminConfigResponse)
    def retrieve(self, request: Request, key: str) -> Response:
        """查看一项配置"""
        return Response(AdminConfigResponse(selectors.setting_value(key)).data)

    @extend_schema(request=ConfigRequest, responses=AdminConfigResponse)
    def update(self, request: Request, key: str) -> Response:
        """修改一项配置"""
        body = parse(ConfigRequest, request)
        configs.change(key=key, actor=self.actor, now=timezone.now(), **body)
        return self.retrieve(request, key)
