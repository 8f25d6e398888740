"""Fields with a rule of this app."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Member
from blindbox.common.text import masked


@extend_schema_field(OpenApiTypes.STR)
class InviteCode(serializers.Field[str, Any, str, Any]):
    """Whatever a link carried: a code that is no code never fails a login, so nothing is refused here."""

    def __init__(self) -> None:
        super().__init__(required=False, allow_null=True, default="", help_text="链接里的 code 参数；无效也不影响登录")

    def run_validation(self, data: Any = serializers.empty) -> str:
        return "" if data in (None, serializers.empty) else str(data)


@extend_schema_field(OpenApiTypes.STR)
class Personal(serializers.CharField):
    """A phone number or WeChat's name of a person: whole only in a context of `may_tell`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, help_text="没有查看完整手机号的权限时隐去中间", **kwargs)

    def to_representation(self, value: Any) -> str:
        return str(value) if self.context.get("may_tell") else masked(str(value))


@extend_schema_field(OpenApiTypes.STR)
class MaskedPhone(serializers.Field[Member, Any, str, Any]):
    """13812345678 as 138****5678; nothing where there is no number."""

    def __init__(self) -> None:
        super().__init__(source="*", read_only=True)

    def to_representation(self, value: Member) -> str:
        return value.masked_phone
