"""A tiny API over the kernel alone: it echoes, counts or fails as a test tells it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from blindbox.common.pagination import log_page, paginate
from blindbox.common.request import parse
from blindbox.common.serializers import Count, Text
from blindbox.system.models import OperationLog

handler400 = "blindbox.common.error_pages.bad_request"
handler403 = "blindbox.common.error_pages.forbidden"
handler404 = "blindbox.common.error_pages.not_found"
handler500 = "blindbox.common.error_pages.server_error"

failure: list[Exception] = []


class EchoRequest(serializers.Serializer[Any]):
    count = Count()
    note = Text(max_length=1000, allow_blank=True, default="")


class RowResponse(serializers.Serializer[Any]):
    id = serializers.IntegerField()


class Probe(ViewSet):
    authentication_classes = []
    permission_classes = [AllowAny]

    def raw(self, request: Request) -> Response:
        return Response({"got": request.data})

    def echo(self, request: Request) -> Response:
        return Response(parse(EchoRequest, request))

    def fail(self, request: Request) -> Response:
        raise failure[0]

    def pages(self, request: Request) -> Response:
        return paginate(request, OperationLog.objects.order_by("pk"), RowResponse)

    def log(self, request: Request) -> Response:
        return log_page(request, OperationLog.objects.all(), RowResponse)


def page(request: HttpRequest) -> HttpResponse:
    if failure:
        raise failure[0]
    return HttpResponse("页面")


urlpatterns = [
    path("api/raw", Probe.as_view({"post": "raw"})),
    path("api/echo", Probe.as_view({"post": "echo"})),
    path("api/fail", Probe.as_view({"get": "fail", "post": "fail"})),
    path("api/pages", Probe.as_view({"get": "pages"})),
    path("api/log", Probe.as_view({"get": "log"})),
    path("api/page", page),
    path("page", page),
]
