from django.urls import path

from orders.api.admin.views import MemberOrderViewSet

urlpatterns = [path("users/<int:user_id>/orders", MemberOrderViewSet.as_view({"get": "list"}))]
