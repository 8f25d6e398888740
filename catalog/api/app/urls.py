from django.urls import path

from catalog.api.app.views import CategoryViewSet, ProductViewSet

urlpatterns = [
    path("product_categories", CategoryViewSet.as_view({"get": "list"})),
    path("products", ProductViewSet.as_view({"get": "list"})),
    path("products/<int:product_id>", ProductViewSet.as_view({"get": "retrieve"})),
]
