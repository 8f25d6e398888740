"""Routes of the plumbing. They stand here because blindbox.system is below accounts, which knows who an operator is."""

from django.urls import path

from blindbox.backoffice.api.configs import ConfigAdminViewSet, ConfigViewSet
from blindbox.backoffice.api.notices import NoticeAdminViewSet, NoticeViewSet

urlpatterns = [
    path("api/app/notices", NoticeViewSet.as_view({"get": "list"})),
    path("api/app/configs", ConfigViewSet.as_view({"get": "list"})),
    path("api/admin/notices", NoticeAdminViewSet.as_view({"get": "list", "post": "create"})),
    path(
        "api/admin/notices/<int:notice_id>",
        NoticeAdminViewSet.as_view(
            {"get": "retrieve", "put": "update", "patch": "partial_update", "delete": "destroy"}
        ),
    ),
    path("api/admin/configs", ConfigAdminViewSet.as_view({"get": "list"})),
    path("api/admin/configs/<str:key>", ConfigAdminViewSet.as_view({"get": "retrieve", "put": "update"})),
]
