"""Is it alive, is it ready."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from blindbox.common.request import parse_query
from blindbox.common.serializers import ApiErrorSerializer
from blindbox.system import readiness
from blindbox.system.api.serializers import HealthResponse, ReadinessQuery, ReadinessResponse


class ProbeView(APIView):
    """For load balancers and people who look after the machines: no token, nothing about members."""

    authentication_classes = []
    permission_classes = [AllowAny]


@extend_schema(tags=["system"], responses=HealthResponse)
class HealthView(ProbeView):
    """/healthz"""

    def get(self, request: Request) -> Response:
        """进程是否存活"""
        return Response(HealthResponse({"status": "ok"}).data)


@extend_schema(
    tags=["system"],
    parameters=[ReadinessQuery],
    responses={200: ReadinessResponse, 400: ApiErrorSerializer, 503: ReadinessResponse},
)
class ReadinessView(ProbeView):
    """/readyz"""

    def get(self, request: Request) -> Response:
        """各依赖是否就绪；所需的任一项未就绪时为 503"""
        needs = parse_query(ReadinessQuery, request).get("needs", readiness.PARTS)
        parts = readiness.readiness(now=timezone.now())
        ready = all(parts[name] for name in needs)
        code = status.HTTP_200_OK if ready else status.HTTP_503_SERVICE_UNAVAILABLE
        return Response(ReadinessResponse(parts).data, code)
