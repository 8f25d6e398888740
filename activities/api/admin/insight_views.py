"""What an issue would do, and what it did."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import OperatorViewSet
from activities import selectors
from activities.api.admin.insight_serializers import ReportResponse, SimulationQuery, SimulationResponse
from activities.errors import IssueNotFound
from activities.services import reporting, simulating
from activities.services.odds_lines import costed_lines
from blindbox.common.openapi import also_refuses
from blindbox.common.request import parse_query


@extend_schema(tags=["admin/activities"])
class InsightViewSet(OperatorViewSet):
    """/api/admin/activities/{activity_id}/issues/{issue_id}/simulation and /report"""

    permissions = {"simulation": "activities.view_issue", "report": "activities.view_issue"}

    @extend_schema(parameters=[SimulationQuery], responses=SimulationResponse)
    @also_refuses(409)
    def simulation(self, request: Request, activity_id: int, issue_id: int) -> Response:
        """模拟：用真实规则和一次性的密钥抽，不写入任何数据"""
        issue = _issue(activity_id, issue_id, public=False)
        found = simulating.simulate(issue=issue, now=timezone.now(), **parse_query(SimulationQuery, request))
        body: dict[str, Any] = {**vars(found), "rewards": costed_lines(found.lines)}
        return Response(SimulationResponse(body).data)

    @extend_schema(responses=ReportResponse)
    def report(self, request: Request, activity_id: int, issue_id: int) -> Response:
        """实际概率与损益"""
        found = reporting.of_issue(_issue(activity_id, issue_id, public=True))
        body = {**vars(found), "rewards": costed_lines(found.lines), "fits": found.fits, "profit_fen": found.profit_fen}
        return Response(ReportResponse(body).data)


def _issue(activity_id: int, issue_id: int, *, public: bool) -> Any:
    if public:
        return selectors.public_issue(activity_id=activity_id, issue_id=issue_id)
    issue = selectors.issue(issue_id)
    if issue.activity_id != activity_id:
        raise IssueNotFound
    return issue
