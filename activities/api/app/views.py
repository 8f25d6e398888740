"""Activities and all below them; members and guests."""

from functools import partial
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import selectors as accounts
from accounts.api.base import OwnerViewSet, PublicViewSet
from activities import selectors
from activities.api.app import rendering
from activities.api.app.filters import ActivityFilter
from activities.api.app.serializers import (
    ActivityCategoryResponse,
    ActivityDetailResponse,
    ActivityResponse,
    DrawLogQuery,
    DrawLogResponse,
    IssueResponse,
    MyDrawLogResponse,
    RewardsResponse,
)
from activities.models import DrawLog, Issue
from activities.services import guarantees, odds, terms
from blindbox.common.filtering import filtered, parameters_of
from blindbox.common.pagination import LOG_PARAMETERS, PageQuery, log_of, log_rendered, page_of, paginate_rendered
from blindbox.common.request import parse_query


@extend_schema(tags=["app/activities"])
class CategoryViewSet(PublicViewSet):
    """/api/app/activity_categories"""

    @extend_schema(parameters=[PageQuery], responses=page_of(ActivityCategoryResponse))
    def list(self, request: Request) -> Response:
        """活动分类"""
        return paginate_rendered(
            request, selectors.categories(), lambda rows: [{"id": row.pk, "name": row.name} for row in rows]
        )


@extend_schema(tags=["app/activities"])
class ActivityViewSet(PublicViewSet):
    """/api/app/activities"""

    @extend_schema(parameters=[PageQuery, *parameters_of(ActivityFilter)], responses=page_of(ActivityResponse))
    def list(self, request: Request) -> Response:
        """活动列表"""
        shown = filtered(ActivityFilter, request, selectors.shown_activities(now=timezone.now()))
        return paginate_rendered(request, shown, rendering.activities_body)

    @extend_schema(responses=ActivityDetailResponse)
    def retrieve(self, request: Request, activity_id: int) -> Response:
        """活动详情：在售期次、概率、数量与价格"""
        now = timezone.now()
        activity = selectors.shown_activity(activity_id, now=now)
        return Response(rendering.activity_detail(activity, member_id=self.member_id, now=now))


@extend_schema(tags=["app/activities"])
class IssueViewSet(PublicViewSet):
    """/api/app/activities/{activity_id}/issues"""

    @extend_schema(parameters=[PageQuery], responses=page_of(IssueResponse))
    def list(self, request: Request, activity_id: int) -> Response:
        """活动期数"""
        return paginate_rendered(request, selectors.shown_issues(activity_id), _issues)

    @extend_schema(parameters=[PageQuery], responses=RewardsResponse)
    def rewards(self, request: Request, activity_id: int, issue_id: int) -> Response:
        """期数奖品，含剩余数量与当前概率；有保底的期，含我的保底进度"""
        issue = selectors.shown_issue(activity_id=activity_id, issue_id=issue_id)
        promised, member = terms.of_issue(issue.pk), self.member_id is not None
        standing = guarantees.standings([promised], self.member_id).get(issue.pk)
        render = partial(rendering.offer_bodies, promised=promised, standing=standing, member=member)
        answer = paginate_rendered(request, odds.offers(issue), render)
        answer.data["guarantee"] = rendering.guarantee_body(standing)
        return answer

    @extend_schema(parameters=[*LOG_PARAMETERS, DrawLogQuery], responses=log_of(DrawLogResponse))
    def draw_logs(self, request: Request, activity_id: int, issue_id: int) -> Response:
        """抽奖记录"""
        issue = selectors.shown_issue(activity_id=activity_id, issue_id=issue_id)
        logs = selectors.draw_logs_of_issue(issue.pk, **parse_query(DrawLogQuery, request))
        return log_rendered(request, logs, _public_logs)


def _issues(issues: list[Issue]) -> list[dict[str, Any]]:
    revealed = selectors.revealed_secrets([issue.pk for issue in issues])
    return [rendering.issue_body(issue, revealed=revealed.get(issue.pk)) for issue in issues]


def _public_logs(logs: list[DrawLog]) -> list[dict[str, Any]]:
    return rendering.public_logs(logs, accounts.member_names(log.member_id for log in logs))


@extend_schema(tags=["app/users"])
class MyDrawLogViewSet(OwnerViewSet):
    """/api/app/users/{user_id}/draw_logs"""

    @extend_schema(parameters=LOG_PARAMETERS, responses=log_of(MyDrawLogResponse))
    def list(self, request: Request, user_id: str) -> Response:
        """我的抽奖记录"""
        return log_rendered(request, selectors.draw_logs_of_member(self.member_id), rendering.my_logs)
