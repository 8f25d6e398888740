"""REST framework and OpenAPI."""

from blindbox.settings.parts.api_introduction import API_INTRODUCTION
from blindbox.settings.parts.api_words import *

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["blindbox.common.permissions.DenyAll"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["blindbox.common.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "blindbox.common.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "blindbox.common.api.exception_handler",
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS describes nothing that OpenAPI does not
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}

_ENUMS = {
    "accounts": ["MemberStatus", "PointKind", "InviteReason"],
    "activities": ["ActivityStatus", "IssueStatus", "RewardKind", "SeasonStatus", "DamageRule", "AwardKind"],
    "catalog": ["ProductKind"],
    "orders": ["OrderSource", "OrderStatus", "PaymentStatus", "RefundStatus", "InventoryStatus"],
}

SPECTACULAR_SETTINGS = {
    "TITLE": "blindbox",
    "DESCRIPTION": API_INTRODUCTION,
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    # several apps have a status and a kind: each is named for what it is of
    "ENUM_NAME_OVERRIDES": {name: f"{app}.enums.{name}" for app, names in _ENUMS.items() for name in names},
}
