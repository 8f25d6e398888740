"""Setting activities up."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import OperatorViewSet
from activities import selectors
from activities.api.admin import rendering
from activities.api.admin.serializers import (
    ActivityRequest,
    ActivitySetupResponse,
    CategoryRequest,
    CategoryResponse,
)
from activities.api.app.filters import ActivityFilter
from activities.api.app.serializers import ActivityResponse
from activities.services import configuring
from blindbox.common.filtering import filtered, parameters_of
from blindbox.common.pagination import PageQuery, page_of, paginate, paginate_rendered
from blindbox.common.request import parse
from blindbox.common.serializers import Nothing


@extend_schema(tags=["admin/activities"])
class CategoryViewSet(OperatorViewSet):
    """/api/admin/activity_categories"""

    permissions = {
        "list": "activities.view_activitycategory",
        "create": "activities.add_activitycategory",
        "update": "activities.change_activitycategory",
        "partial_update": "activities.change_activitycategory",
        "destroy": "activities.delete_activitycategory",
    }

    @extend_schema(parameters=[PageQuery], responses=page_of(CategoryResponse))
    def list(self, request: Request) -> Response:
        """活动分类列表"""
        return paginate(request, selectors.all_categories(), CategoryResponse)

    @extend_schema(request=CategoryRequest, responses={201: CategoryResponse})
    def create(self, request: Request) -> Response:
        """创建活动分类"""
        values = parse(CategoryRequest, request)
        category = configuring.save_category(category_id=None, values=values, actor=self.actor, now=timezone.now())
        return Response(CategoryResponse(category).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=CategoryRequest, responses={200: CategoryResponse})
    def update(self, request: Request, category_id: int) -> Response:
        """修改活动分类"""
        values = parse(CategoryRequest, request, partial=request.method == "PATCH")
        category = configuring.save_category(
            category_id=category_id, values=values, actor=self.actor, now=timezone.now()
        )
        return Response(CategoryResponse(category).data)

    partial_update = update

    @extend_schema(responses={200: Nothing})
    def destroy(self, request: Request, category_id: int) -> Response:
        """删除活动分类"""
        configuring.delete_category(category_id=category_id, actor=self.actor, now=timezone.now())
        return Response({})


@extend_schema(tags=["admin/activities"])
class ActivityViewSet(OperatorViewSet):
    """/api/admin/activities"""

    permissions = {
        "list": "activities.view_activity",
        "retrieve": "activities.view_activity",
        "create": "activities.add_activity",
        "update": "activities.change_activity",
        "partial_update": "activities.change_activity",
        "destroy": "activities.delete_activity",
    }

    @extend_schema(parameters=[PageQuery, *parameters_of(ActivityFilter)], responses=page_of(ActivityResponse))
    def list(self, request: Request) -> Response:
        """活动列表"""
        return paginate_rendered(
            request, filtered(ActivityFilter, request, selectors.all_activities()), rendering.activities_body
        )

    @extend_schema(request=ActivityRequest, responses={201: ActivitySetupResponse})
    def create(self, request: Request) -> Response:
        """创建活动"""
        values = parse(ActivityRequest, request)
        activity = configuring.create_activity(values=values, actor=self.actor, now=timezone.now())
        return _answer(activity.pk, status.HTTP_201_CREATED)

    @extend_schema(responses=ActivitySetupResponse)
    def retrieve(self, request: Request, activity_id: int) -> Response:
        """活动详情"""
        return _answer(activity_id)

    @extend_schema(request=ActivityRequest, responses={200: ActivitySetupResponse})
    def update(self, request: Request, activity_id: int) -> Response:
        """修改活动"""
        values = parse(ActivityRequest, request, partial=request.method == "PATCH")
        configuring.change_activity(activity_id=activity_id, values=values, actor=self.actor, now=timezone.now())
        return _answer(activity_id)

    partial_update = update

    @extend_schema(responses={200: Nothing})
    def destroy(self, request: Request, activity_id: int) -> Response:
        """删除活动"""
        configuring.delete_activity(activity_id=activity_id, actor=self.actor, now=timezone.now())
        return Response({})


def _answer(activity_id: int, code: int = status.HTTP_200_OK) -> Response:
    return Response(rendering.activity_body(selectors.activity(activity_id)), status=code)
