from typing import Any

from django.urls import path

from activities.api.admin.boss_views import BossSeasonViewSet
from activities.api.admin.insight_views import InsightViewSet
from activities.api.admin.issue_views import IssueViewSet, RewardViewSet
from activities.api.admin.session_views import DropViewSet, PassViewSet
from activities.api.admin.views import ActivityViewSet, CategoryViewSet

ISSUES = "activities/<int:activity_id>/issues"
ISSUE = f"{ISSUES}/<int:issue_id>"
LIST: dict[str, Any] = {"get": "list", "post": "create"}
CHANGE: dict[str, Any] = {"put": "update", "patch": "partial_update", "delete": "destroy"}

urlpatterns = [
    path("activity_categories", CategoryViewSet.as_view(LIST)),
    path("activity_categories/<int:category_id>", CategoryViewSet.as_view(CHANGE)),
    path("boss_seasons", BossSeasonViewSet.as_view(LIST)),
    path("boss_seasons/<int:season_id>", BossSeasonViewSet.as_view({"get": "retrieve", **CHANGE})),
    path("activities", ActivityViewSet.as_view(LIST)),
    path("activities/<int:activity_id>", ActivityViewSet.as_view({"get": "retrieve", **CHANGE})),
    path(ISSUES, IssueViewSet.as_view(LIST)),
    path(ISSUE, IssueViewSet.as_view({"get": "retrieve", **CHANGE})),
    path(f"{ISSUE}/open", IssueViewSet.as_view({"post": "open"})),
    path(f"{ISSUE}/close", IssueViewSet.as_view({"post": "close"})),
    path(f"{ISSUE}/loss_approval", IssueViewSet.as_view({"put": "approve_loss"})),
    path(f"{ISSUE}/simulation", InsightViewSet.as_view({"get": "simulation"})),
    path(f"{ISSUE}/report", InsightViewSet.as_view({"get": "report"})),
    path(f"{ISSUE}/rewards", RewardViewSet.as_view(LIST)),
    path(f"{ISSUE}/rewards/<int:reward_id>", RewardViewSet.as_view(CHANGE)),
    path(f"{ISSUE}/drops", DropViewSet.as_view(LIST)),
    path(f"{ISSUE}/drops/spread", DropViewSet.as_view({"post": "spread"})),
    path(f"{ISSUE}/drops/<int:drop_id>", DropViewSet.as_view(CHANGE)),
    path("activities/<int:activity_id>/passes", PassViewSet.as_view({"post": "create"})),
]
