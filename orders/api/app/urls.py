from django.urls import path

from orders.api.app.views import MemberInventoryViewSet, MemberOrderViewSet, OrderViewSet

urlpatterns = [
    path("users/<str:user_id>/orders", MemberOrderViewSet.as_view({"get": "list"})),
    path("users/<str:user_id>/inventory", MemberInventoryViewSet.as_view({"get": "list"})),
    path("orders/<str:order_no>", OrderViewSet.as_view({"get": "retrieve"})),
    path("orders/<str:order_no>/pay", OrderViewSet.as_view({"post": "pay"})),
    path("orders/<str:order_no>/cancel", OrderViewSet.as_view({"post": "cancel"})),
]
