from django.urls import path

from activities.api.app.boss_views import BossViewSet
from activities.api.app.box_views import LockViewSet, TicketViewSet
from activities.api.app.draw_views import DrawViewSet, ProofViewSet
from activities.api.app.views import ActivityViewSet, CategoryViewSet, IssueViewSet, MyDrawLogViewSet

ISSUES = "activities/<int:activity_id>/issues"
ISSUE = f"{ISSUES}/<int:issue_id>"

urlpatterns = [
    path("activity_categories", CategoryViewSet.as_view({"get": "list"})),
    path("activities", ActivityViewSet.as_view({"get": "list"})),
    path("activities/<int:activity_id>", ActivityViewSet.as_view({"get": "retrieve"})),
    path(ISSUES, IssueViewSet.as_view({"get": "list"})),
    path(f"{ISSUE}/rewards", IssueViewSet.as_view({"get": "rewards"})),
    path(f"{ISSUE}/boss", BossViewSet.as_view({"get": "retrieve"})),
    path("activities/<int:activity_id>/boss/leaderboard", BossViewSet.as_view({"get": "leaderboard"})),
    path(f"{ISSUE}/draw_logs", IssueViewSet.as_view({"get": "draw_logs"})),
    path(f"{ISSUE}/tickets", TicketViewSet.as_view({"get": "list"})),
    path(f"{ISSUE}/lock", LockViewSet.as_view({"post": "create", "delete": "destroy"})),
    path(f"{ISSUE}/draws/preview", DrawViewSet.as_view({"post": "preview"})),
    path(f"{ISSUE}/draws", DrawViewSet.as_view({"post": "create"})),
    path(f"{ISSUE}/odds_report", ProofViewSet.as_view({"get": "odds_report"})),
    path(f"{ISSUE}/proof", ProofViewSet.as_view({"get": "issue"})),
    path("draw_logs/<int:draw_log_id>/proof", ProofViewSet.as_view({"get": "draw"})),
    path("draw_commitments", ProofViewSet.as_view({"get": "commitments"})),
    path("users/<str:user_id>/draw_logs", MyDrawLogViewSet.as_view({"get": "list"})),
]
