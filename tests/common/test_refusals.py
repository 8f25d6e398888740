"""Every refusal in one shape, each with its status; what nobody anticipated is one 500 and one log line."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    ValidationError,
)
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.test import APIClient

from blindbox.common.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Unauthenticated, Unavailable
from blindbox.common.logging import JsonFormatter
from blindbox.common.retry import TryAgain

pytestmark = pytest.mark.urls("tests.common.probes")
Failing = Callable[[Exception], None]


class OpensLater(Conflict):
    code, message = "test.opens_later", "还没有开始"


class ShelfEmpty(Conflict):
    code, message = "test.shelf_empty", "只剩 {left} 件"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ShelfEmpty(left=3), 409, "test.shelf_empty"),
        (Invalid.field("a.1.b", "坏"), 400, "common.invalid"),
        (Unauthenticated(), 401, "auth.not_authenticated"),
        (Forbidden(), 403, "common.forbidden"),
        (NotFound(), 404, "common.not_found"),
        (Unavailable(), 503, "common.busy"),
        (exceptions.ValidationError({"a": ["坏"]}), 400, "common.invalid"),
        (exceptions.ParseError(), 400, "common.bad_json"),
        (exceptions.NotAuthenticated(), 403, "auth.not_authenticated"),  # 401 where a view names a challenge
        (exceptions.AuthenticationFailed(), 403, "auth.token_invalid"),
        (exceptions.PermissionDenied("CSRF Failed"), 403, "common.forbidden"),
        (PermissionDenied(), 403, "common.forbidden"),
        (Http404(), 404, "common.not_found"),
        (exceptions.MethodNotAllowed("TRACE"), 405, "common.method_not_allowed"),
        (exceptions.NotAcceptable(), 406, "common.not_acceptable"),
        (exceptions.UnsupportedMediaType("x"), 415, "common.unsupported_media_type"),
        (exceptions.Throttled(wait=4.2), 429, "common.throttled"),
        (RequestDataTooBig(), 413, "common.too_large"),
        (TooManyFieldsSent(), 400, "common.invalid"),
        (SuspiciousOperation(), 400, "common.invalid"),
        (OperationalError(1213, "Deadlock found"), 503, "common.busy"),
        (OperationalError(1205, "Lock wait timeout"), 503, "common.busy"),
        (OperationalError(1020, "Record has changed"), 503, "common.busy"),
        (OperationalError("database is locked"), 503, "common.busy"),
        (OperationalError(2013, "Lost connection"), 503, "common.busy"),
        (OperationalError(2002, "Connection refused"), 503, "common.busy"),
        (OperationalError(1040, "Too many connections"), 503, "common.busy"),
        (OperationalError(1290, "read-only"), 503, "common.busy"),
        (InterfaceError(0, ""), 503, "common.busy"),
        (TryAgain(), 503, "common.busy"),
    ],
)
def test_each_anticipated_failure_has_its_answer(
    anonymous: APIClient, failing: Failing, error: Exception, status: int, code: str
):
    failing(error)
    answer = anonymous.get("/api/fail")
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code)
    assert set(body) == {"code", "message", "details", "request_id"}
    assert any("\u4e00" <= character <= "\u9fff" for character in body["message"])
    assert body["request_id"] == answer["X-Request-ID"]


def test_the_details_hold_the_numbers_of_the_message(anonymous: APIClient, failing: Failing):
    failing(ShelfEmpty(left=3))
    body = anonymous.get("/api/fail").json()
    assert (body["message"], body["details"]) == ("只剩 3 件", {"left": 3})


def test_a_moment_among_the_details_is_written_as_every_other(anonymous: APIClient, failing: Failing):
    failing(OpensLater(retry_at=datetime(2026, 11, 21, 16, 0, tzinfo=UTC), left=0))
    assert anonymous.get("/api/fail").json()["details"] == {"retry_at": "2026-11-22T00:00:00+08:00", "left": 0}


def test_the_details_of_bad_input_name_each_field(anonymous: APIClient, failing: Failing):
    nested: Any = {"items": [{}, {"quantity": [exceptions.ErrorDetail("太多", code="max_value")]}], "name": ["必填"]}
    failing(exceptions.ValidationError(nested))
    details = anonymous.get("/api/fail").json()["details"]
    assert sorted(details, key=lambda each: each["field"]) == [
        {"field": "items.1.quantity", "code": "max_value", "message": "太多"},
        {"field": "name", "code": "invalid", "message": "必填"},
    ]


def test_a_throttled_caller_is_told_when_to_come_back(anonymous: APIClient, failing: Failing):
    failing(exceptions.Throttled(wait=4.2))
    assert anonymous.get("/api/fail")["Retry-After"] == "5"


@pytest.mark.parametrize("error", [ValueError("内部秘密"), IntegrityError(1062, "Duplicate"), ValidationError("x")])
def test_what_nobody_anticipated_is_one_500_logged_once_with_the_request_id(
    anonymous: APIClient, failing: Failing, caplog: pytest.LogCaptureFixture, error: Exception
):
    failing(error)
    answer = anonymous.get("/api/fail", headers={"X-Request-ID": "req-500"})
    assert answer.status_code == 500
    assert answer.json() == {
        "code": "common.internal",
        "message": "服务器内部错误",
        "details": {},
        "request_id": "req-500",
    }
    (record,) = [each for each in caplog.records if each.levelno >= logging.ERROR]
    line = json.loads(JsonFormatter().format(record))
    assert (line["level"], line["message"]) == ("ERROR", "Internal Server Error: /api/fail")
    assert type(error).__name__ in line["exception"]


def test_a_refusal_is_not_an_incident(anonymous: APIClient, failing: Failing, capsys: pytest.CaptureFixture[str]):
    failing(ShelfEmpty(left=0))
    anonymous.get("/api/fail")
    anonymous.get("/api/nothing")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("url", ["/api/nothing", "/api/raw/", "/api/app/users/", "/v1/nothing"])
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_unknown_urls_of_programs_are_404_in_the_error_format(anonymous: APIClient, url: str, method: str):
    answer = getattr(anonymous, method)(url)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/json")
    assert answer.json() == {
        "code": "common.not_found",
        "message": "内容不存在",
        "details": {},
        "request_id": answer["X-Request-ID"],
    }


def test_unknown_pages_of_people_are_pages(anonymous: APIClient):
    answer = anonymous.get("/nothing")
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_a_method_that_a_route_has_not_is_405(anonymous: APIClient):
    for method in ("get", "put", "patch", "delete", "options"):
        answer = getattr(anonymous, method)("/api/raw")
        assert (answer.status_code, answer.json()["code"]) == (405, "common.method_not_allowed")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ValueError("x"), 500, "common.internal"),
        (PermissionDenied(), 403, "common.forbidden"),
        (SuspiciousOperation(), 400, "common.invalid"),
    ],
)
def test_plain_views_refuse_programs_in_the_same_format(
    anonymous: APIClient, failing: Failing, error: Exception, status: int, code: str
):
    failing(error)
    answer = anonymous.get("/api/page")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    shown = anonymous.get("/page")
    assert (shown.status_code, shown["Content-Type"].split(";")[0]) == (status, "text/html")


def test_a_form_without_csrf_token_is_403_in_the_callers_format(failing: Failing):
    strict = APIClient(enforce_csrf_checks=True)
    refused = strict.post("/api/page")
    assert (refused.status_code, refused.json()["code"]) == (403, "common.forbidden")
    assert strict.post("/page")["Content-Type"].startswith("text/html")


def test_an_error_code_belongs_to_one_class():
    with pytest.raises(TypeError, match="test.shelf_empty belongs to"):
        type("Other", (Conflict,), {"code": "test.shelf_empty", "message": "重复"})


def test_a_subclass_without_a_code_keeps_its_parents():
    class StillEmpty(ShelfEmpty):
        message: ClassVar[str] = "仍然只剩 {left} 件"

    assert (StillEmpty(left=1).code, str(StillEmpty(left=1))) == ("test.shelf_empty", "仍然只剩 1 件")
    assert issubclass(StillEmpty, DomainError)
