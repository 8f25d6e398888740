"""Setting Boss seasons up."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django_filters import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import OperatorViewSet
from activities.api.admin.boss_serializers import BossSeasonDetailResponse, BossSeasonRequest
from activities.api.app.boss_rendering import season_body
from activities.boss import seasons, selectors
from activities.models import BossSeason
from blindbox.common.filtering import IdFilter, filtered, parameters_of
from blindbox.common.openapi import also_refuses
from blindbox.common.pagination import PageQuery, page_of, paginate_rendered
from blindbox.common.request import parse
from blindbox.common.serializers import Nothing
from orders.api.app.rendering import moment


class SeasonFilter(FilterSet):
    """The seasons of one activity."""

    activity_id = IdFilter(field_name="activity_id", label="活动")

    class Meta:
        model = BossSeason
        fields: list[Any] = []


@extend_schema(tags=["admin/activities"])
class BossSeasonViewSet(OperatorViewSet):
    """/api/admin/boss_seasons"""

    permissions = {
        "list": "activities.view_bossseason",
        "retrieve": "activities.view_bossseason",
        "create": "activities.add_bossseason",
        "update": "activities.change_bossseason",
        "partial_update": "activities.change_bossseason",
        "destroy": "activities.delete_bossseason",
    }

    @extend_schema(parameters=[PageQuery, *parameters_of(SeasonFilter)], responses=page_of(BossSeasonDetailResponse))
    def list(self, request: Request) -> Response:
        """Boss 赛季列表"""
        now = timezone.now()
        found = filtered(SeasonFilter, request, selectors.seasons())
        return paginate_rendered(request, found, lambda rows: [_body(row, now) for row in rows])

    @extend_schema(request=BossSeasonRequest, responses={201: BossSeasonDetailResponse})
    @also_refuses(404)
    def create(self, request: Request) -> Response:
        """创建 Boss 赛季"""
        now, values = timezone.now(), parse(BossSeasonRequest, request)
        season = seasons.create(values=values, actor=self.actor, now=now)
        return Response(_body(selectors.season(season.pk), now), status=status.HTTP_201_CREATED)

    @extend_schema(responses=BossSeasonDetailResponse)
    def retrieve(self, request: Request, season_id: int) -> Response:
        """Boss 赛季详情"""
        return Response(_body(selectors.season(season_id), timezone.now()))

    @extend_schema(request=BossSeasonRequest, responses={200: BossSeasonDetailResponse})
    def update(self, request: Request, season_id: int) -> Response:
        """修改未开始的 Boss 赛季"""
        now, values = timezone.now(), parse(BossSeasonRequest, request, partial=request.method == "PATCH")
        season = seasons.change(season_id=season_id, values=values, actor=self.actor, now=now)
        return Response(_body(season, now))

    partial_update = update

    @extend_schema(responses={200: Nothing})
    def destroy(self, request: Request, season_id: int) -> Response:
        """删除未开始的 Boss 赛季"""
        seasons.delete(season_id=season_id, actor=self.actor, now=timezone.now())
        return Response({})


def _body(season: BossSeason, now: datetime) -> dict[str, Any]:
    return {
        **season_body(season, now=now),
        "activity_id": season.activity_id,
        "hits": season.hits,
        "created_at": moment(season.created_at),
        "updated_at": moment(season.updated_at),
    }
