"""Announcements: members read what is live, operators keep them."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import OperatorViewSet, PublicViewSet
from blindbox.backoffice.api.serializers import AdminNoticeResponse, NoticeRequest, NoticeResponse
from blindbox.common.pagination import PAGE_PARAMETERS, page_of, paginate
from blindbox.common.request import parse
from blindbox.common.serializers import Nothing
from blindbox.system import selectors
from blindbox.system.services import notices


@extend_schema(tags=["app/system"])
class NoticeViewSet(PublicViewSet):
    """/api/app/notices"""

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(NoticeResponse))
    def list(self, request: Request) -> Response:
        """查看当前公告"""
        return paginate(request, selectors.live_notices(now=timezone.now()), NoticeResponse)


@extend_schema(tags=["admin/system"])
class NoticeAdminViewSet(OperatorViewSet):
    """/api/admin/notices"""

    permissions = {
        "list": "system.view_notice",
        "create": "system.add_notice",
        "retrieve": "system.view_notice",
        "update": "system.change_notice",
        "partial_update": "system.change_notice",
        "destroy": "system.delete_notice",
    }

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(AdminNoticeResponse))
    def list(self, request: Request) -> Response:
        """查看公告"""
        return paginate(request, selectors.notices(), AdminNoticeResponse)

    @extend_schema(request=NoticeRequest, responses={201: AdminNoticeResponse})
    def create(self, request: Request) -> Response:
        """新建公告"""
        made = notices.create(values=parse(NoticeRequest, request), actor=self.actor, now=timezone.now())
        return Response(AdminNoticeResponse(made).data, status.HTTP_201_CREATED)

    @extend_schema(responses=AdminNoticeResponse)
    def retrieve(self, request: Request, notice_id: int) -> Response:
        """查看一条公告"""
        return Response(AdminNoticeResponse(selectors.notice_or_404(notice_id)).data)

    @extend_schema(request=NoticeRequest, responses=AdminNoticeResponse)
    def update(self, request: Request, notice_id: int, *, partial: bool = False) -> Response:
        """修改公告"""
        values = parse(NoticeRequest, request, partial=partial)
        changed = notices.change(notice_id=notice_id, values=values, actor=self.actor, now=timezone.now())
        return Response(AdminNoticeResponse(changed).data)

    @extend_schema(request=NoticeRequest, responses=AdminNoticeResponse)
    def partial_update(self, request: Request, notice_id: int) -> Response:
        """修改公告的部分字段"""
        return self.update(request, notice_id, partial=True)

    @extend_schema(responses={200: Nothing})
    def destroy(self, request: Request, notice_id: int) -> Response:
        """删除公告"""
        notices.delete(notice_id=notice_id, actor=self.actor, now=timezone.now())
        return Response({})
