from django.urls import path

from accounts.api.admin.point_views import PointAdminViewSet
from accounts.api.admin.token_views import OperatorTokenViewSet
from accounts.api.admin.views import InviteAdminViewSet, MemberAdminViewSet

urlpatterns = [
    path("token", OperatorTokenViewSet.as_view({"post": "create"})),
    path("users", MemberAdminViewSet.as_view({"get": "list"})),
    path("users/<int:user_id>", MemberAdminViewSet.as_view({"get": "retrieve", "patch": "partial_update"})),
    path("users/<int:user_id>/invites", InviteAdminViewSet.as_view({"get": "list"})),
    path("users/<int:user_id>/points", PointAdminViewSet.as_view({"get": "list"})),
    path("users/<int:user_id>/points/balance", PointAdminViewSet.as_view({"get": "balance"})),
    path("users/<int:user_id>/points/add", PointAdminViewSet.as_view({"post": "add"})),
]
