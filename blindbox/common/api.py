"""Every refusal leaves in one shape: `{code, message, details, request_id}`."""

import logging
import math
from datetime import datetime
from typing import Any, cast

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404
from drf_standardized_errors.formatter import ExceptionFormatter
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from blindbox.common.business_day import in_shanghai
from blindbox.common.errors import BadJson, DomainError, Forbidden, Invalid, NotFound, TooLarge, Unavailable
from blindbox.common.logging import current_request_id
from blindbox.common.retry import is_database_unavailable

logger = logging.getLogger(__name__)

_TWINS: list[tuple[type[Exception], type[DomainError]]] = [
    (Http404, NotFound),
    (exceptions.NotFound, NotFound),
    (PermissionDenied, Forbidden),
    (exceptions.PermissionDenied, Forbidden),
    (exceptions.ParseError, BadJson),
    (RequestDataTooBig, TooLarge),
    (SuspiciousOperation, Invalid),
]
FRAMEWORK: list[tuple[type[exceptions.APIException], str, str]] = [
    (exceptions.NotAuthenticated, "auth.not_authenticated", "请先登录"),
    (exceptions.AuthenticationFailed, "auth.token_invalid", "登录凭证无效，请重新登录"),
    (exceptions.MethodNotAllowed, "common.method_not_allowed", "不支持的请求方法"),
    (exceptions.NotAcceptable, "common.not_acceptable", "只提供 application/json"),
    (exceptions.UnsupportedMediaType, "common.unsupported_media_type", "请使用 application/json"),
    (exceptions.Throttled, "common.throttled", "请求过于频繁，请稍后再试"),
]
INTERNAL = ("common.internal", "服务器内部错误")


def error_body(code: str, message: str, details: Any) -> dict[str, Any]:
    """Return the shape of a refusal."""
    return {"code": code, "message": message, "details": details, "request_id": current_request_id()}


def refusal_body(refusal: DomainError) -> dict[str, Any]:
    """Return the body that tells a domain refusal."""
    details = refusal.fields if isinstance(refusal, Invalid) else _details(refusal)
    return error_body(refusal.code, str(refusal), details)


def _details(refusal: DomainError) -> dict[str, Any]:
    return {name: in_shanghai(each) if isinstance(each, datetime) else each for name, each in refusal.details.items()}


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Map an anticipated failure to its answer; anything else stays an exception and becomes one logged 500."""
    answer = _domain(error) or _framework(error, context)
    if answer is not None:
        set_rollback()
    return answer


def _domain(error: Exception) -> Response | None:
    refusal = error if isinstance(error, DomainError) else _twin(error)
    return None if refusal is None else Response(refusal_body(refusal), refusal.status, headers=_retry(refusal))


def _retry(refusal: DomainError) -> dict[str, str]:
    wait = refusal.details.get("retry_after")
    return {} if wait is None else {"Retry-After": str(wait)}


def _twin(error: Exception) -> DomainError | None:
    if is_database_unavailable(error):
        logger.warning("Database busy or lost: %s", error)
        return Unavailable()
    return next((twin() for kind, twin in _TWINS if isinstance(error, kind)), None)


def _framework(error: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(error, exceptions.ValidationError):
        return Response(error_body(Invalid.code, Invalid.message, _fields(error, context)), Invalid.status)
    for kind, code, message in FRAMEWORK:
        if isinstance(error, kind):
            return Response(error_body(code, message, {}), error.status_code, headers=_headers(error))
    return None


def _headers(error: exceptions.APIException) -> dict[str, str]:
    wait = getattr(error, "wait", None)
    return {} if wait is None else {"Retry-After": str(math.ceil(wait))}


def _fields(error: exceptions.ValidationError, context: dict[str, Any]) -> list[dict[str, str]]:
    formatted = ExceptionFormatter(error, cast(Any, context), error).run()
    return [
        {"field": entry["attr"] or "", "code": entry["code"], "message": entry["detail"]}
        for entry in formatted["errors"]
    ]
