from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from blindbox.system.readiness import PARTS


class HealthResponse(serializers.Serializer[Any]):
    status = serializers.CharField()


class ReadinessResponse(serializers.Serializer[Any]):
    database = serializers.BooleanField()
    cache = serializers.BooleanField()
    broker = serializers.BooleanField()
    migrations = serializers.BooleanField()
    beat = serializers.BooleanField()


@extend_schema_field(str)
class Parts(serializers.Field[Any, Any, Any, Any]):
    """Names of parts, comma separated."""

    default_error_messages = {"unknown": "只能是 {known} 中的若干项，用逗号分隔"}

    def to_internal_value(self, data: Any) -> list[str]:
        names = str(data).split(",")
        if not set(names) <= set(PARTS):
            self.fail("unknown", known="、".join(PARTS))
        return names


class ReadinessQuery(serializers.Serializer[Any]):
    needs = Parts(required=False, help_text="哪几项未就绪才答 503，用逗号分隔；默认全部")
