from django.urls import path

from activities.api.glue.views import GlueActivityViewSet, GlueDrawViewSet

urlpatterns = [
    path("activity", GlueActivityViewSet.as_view({"get": "retrieve"})),
    path("activity/draw", GlueDrawViewSet.as_view({"post": "create"})),
]
