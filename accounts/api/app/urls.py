from django.urls import path

from accounts.api.app.protection import ProtectionViewSet
from accounts.api.app.session_views import SessionViewSet
from accounts.api.app.views import InviteViewSet, PointViewSet, UserViewSet

urlpatterns = [
    path("users/weixin/login", SessionViewSet.as_view({"post": "weixin_login"})),
    path("users/token/refresh", SessionViewSet.as_view({"post": "refresh"})),
    path("users/logout", SessionViewSet.as_view({"post": "logout"})),
    path("users/<str:user_id>", UserViewSet.as_view({"get": "retrieve", "put": "update", "patch": "partial_update"})),
    path("users/<str:user_id>/phone", UserViewSet.as_view({"post": "phone"})),
    path("users/<str:user_id>/protection", ProtectionViewSet.as_view({"get": "retrieve", "put": "update"})),
    path("users/<str:user_id>/protection/rest", ProtectionViewSet.as_view({"post": "rest"})),
    path("users/<str:user_id>/protection/exclusion", ProtectionViewSet.as_view({"post": "exclude"})),
    path("users/<str:user_id>/points", PointViewSet.as_view({"get": "list"})),
    path("users/<str:user_id>/points/balance", PointViewSet.as_view({"get": "balance"})),
    path("users/<str:user_id>/invites", InviteViewSet.as_view({"get": "list"})),
]
