"""How the two kinds of token look in OpenAPI."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class _BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class MemberScheme(_BearerScheme):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.MemberAuthentication"
    name = "member"


class OperatorScheme(_BearerScheme):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.OperatorTokenAuthentication"
    name = "operator"


class MemberOrOperatorScheme(_BearerScheme):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.MemberOrOperatorAuthentication"
    name = "memberOrOperator"
