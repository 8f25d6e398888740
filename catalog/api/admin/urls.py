from typing import Any

from django.urls import path

from catalog.api.admin.views import CategoryAdminViewSet, ProductAdminViewSet

_many: dict[str, Any] = {"get": "list", "post": "create"}
_one: dict[str, Any] = {"get": "retrieve", "put": "update", "patch": "partial_update", "delete": "destroy"}

urlpatterns = [
    path("product_categories", CategoryAdminViewSet.as_view(_many)),
    path("product_categories/<int:category_id>", CategoryAdminViewSet.as_view(_one)),
    path("products", ProductAdminViewSet.as_view(_many)),
    path("products/<int:product_id>", ProductAdminViewSet.as_view(_one)),
]
