"""OpenAPI: every route says in Chinese what it does, how it refuses, and what its path means."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema as SpectacularAutoSchema
from drf_spectacular.plumbing import is_list_serializer
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from blindbox.common.serializers import ApiErrorSerializer

Action = TypeVar("Action", bound=Callable[..., Any])
Schema = dict[str, Any]

API = ("/api/", "/v1/")
KEY = "Idempotency-Key"
REFUSALS = {
    400: "请求有误，details 列出字段",
    401: "没有登录，或凭证无效、过期",
    403: "没有权限，或用户已禁用",
    404: "不存在，或不属于您",
    409: "当前状态不允许，code 说明原因",
    413: "请求体过大",
    415: "请求体不是 application/json",
    422: "Idempotency-Key 已用于另一个请求",
    429: "请求过于频繁，Retry-After 秒后再试",
    503: "系统繁忙或外部服务没有回应，可用同样的请求重试",
}
RETRY_AFTER = {"Retry-After": {"schema": {"type": "integer"}, "description": "多少秒后再试"}}
REPLAYED = {"Idempotent-Replay": {"schema": {"const": "true"}, "description": "只在重复提交的应答里：这是第一次的结果"}}


def also_refuses(*statuses: int) -> Callable[[Action], Action]:
    """Name refusals of an action that neither its method nor its parameters tell."""

    def decorate(action: Action) -> Action:
        action.refusals = {*getattr(action, "refusals", ()), *statuses}  # type: ignore[attr-defined]  # a mark of ours on the action
        return action

    return decorate


class NothingScheme(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # spectacular has no types
    """An empty object is an answer too: without fields it would be told as no body at all."""

    target_class = "blindbox.common.serializers.Nothing"

    def map_serializer(self, auto_schema: Any, direction: Any) -> Schema:
        return {"type": "object", "additionalProperties": False}


class ExactScheme(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # spectacular has no types
    """A request that refuses keys it does not know says so."""

    target_class = "blindbox.common.serializers.Exact"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> Schema:
        plain: Schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**plain, "additionalProperties": False}


class AutoSchema(SpectacularAutoSchema):
    """Add to what an action declares whatever holds for all of them."""

    def get_summary(self) -> str:
        return str(self.get_description()).partition("\n")[0]

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        """Return a name to which spectacular appends "Request": ours have it already."""
        name = str(super().get_serializer_name(serializer, direction))
        return name.removesuffix("Request") if direction == "request" else name

    def _resolve_path_parameters(self, variables: Any) -> list[Schema]:
        words = {**settings.OPENAPI_WORDS, **getattr(self.view, "path_words", {})}
        found: list[Schema] = super()._resolve_path_parameters(variables)  # type: ignore[no-untyped-call]  # spectacular has no types
        return [{**each, "description": words.get(each["name"], "")} for each in found]

    def _get_serializer_field_meta(self, field: Any, direction: Any) -> Schema:
        """Explain a field by its own help_text, else as its word is explained everywhere."""
        meta: Schema = super()._get_serializer_field_meta(field, direction)  # type: ignore[no-untyped-call]  # spectacular has no types
        explained = settings.OPENAPI_WORDS.get(getattr(field, "field_name", None) or "")
        return {"description": explained, **meta} if explained else meta

    def _is_list_view(self, serializer: Any = None) -> bool:
        """Tell what answers an array; a page of a list is one object, whatever its action is called."""
        return is_list_serializer(serializer) if serializer is not None else bool(super()._is_list_view())

    def _get_response_bodies(self, direction: Any = "response") -> Schema:
        """
        Add every refusal. `get_response_serializers` is no place for that: what @extend_schema declares takes that
        method over.
        """
        declared: Schema = super()._get_response_bodies(direction)
        if self._takes_key():
            declared = {code: {**body, "headers": REPLAYED} for code, body in declared.items()}
        refused = {str(status): self._refusal(status) for status in sorted(self._refusals())}
        return {**declared, **{code: body for code, body in refused.items() if code not in declared}}

    def _refusal(self, status: int) -> Schema:
        told = OpenApiResponse(ApiErrorSerializer, description=REFUSALS[status])
        body: Schema = self._get_response_for_code(told, str(status))  # type: ignore[no-untyped-call]  # spectacular has no types
        return {**body, "headers": RETRY_AFTER} if status == 429 else body

    def _refusals(self) -> set[int]:
        if not self.path.startswith(API):
            return set()
        told = [
            ({503, *getattr(self._action(), "refusals", ())}, True),
            ({400}, bool(self.get_override_parameters())),
            ({400, 413, 415}, self.method in {"POST", "PUT", "PATCH"}),
            ({401, 403}, bool(self.view.authentication_classes)),
            ({409}, self.method != "GET" and bool(self.view.authentication_classes)),
            ({404}, self._names_something()),
            ({422}, self._takes_key()),
        ]
        return {status for statuses, holds in told if holds for status in statuses}

    def _action(self) -> Any:
        return getattr(self.view, self.view.action or "", None) if hasattr(self.view, "action") else None

    def _names_something(self) -> bool:
        """Tell whether the path names what may not exist; one's own number is refused with 403 instead."""
        return bool(set(self._variables()) - set(getattr(self.view, "path_words", {})))

    def _variables(self) -> list[str]:
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]

    def _takes_key(self) -> bool:
        declared = self.get_override_parameters()
        return any(isinstance(each, OpenApiParameter) and each.name == KEY for each in declared)
