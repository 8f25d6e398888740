"""What a body may be: plain JSON of a bounded size. Everything else is a quick 4xx in the error format."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from blindbox.common.parsers import DEEPEST

pytestmark = pytest.mark.urls("tests.common.probes")
Within = Callable[[float], AbstractContextManager[None]]


def send(client: APIClient, body: bytes, content_type: str = "application/json"):
    return client.generic("POST", "/api/raw", body, content_type)  # type: ignore[arg-type]  # bytes pass as they are


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e309}',
        b'{"a": -1e309}',
        b'{"a": 1' + b"0" * 40 + b"}",
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
        b'{"a": "\\ud800"}',
        b'{"\\uDFFF": 1}',
        b'\xef\xbb\xbf{"a": 1}',
        b'{"a": "\x00"}',
        b'{"a": 1} x',
        b"\x00",
    ],
)
def test_what_is_not_plain_json_is_400(anonymous: APIClient, body: bytes):
    answer = send(anonymous, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "common.bad_json")
    assert answer.json()["request_id"] == answer["X-Request-ID"]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'{"a": 1, "b": 2, "b": 2}', "b"),
        (b'{"a": {"count": 1, "count": 1}}', "count"),
        (b'{"": 1, "": 1}', ""),
        (b'{"{name}": 1, "{name}": 1}', "{name}"),
        (b'{"\\ud800": 1, "\\ud800": 1}', "?"),
        (b'{"' + b"x" * 9999 + b'": 1, "' + b"x" * 9999 + b'": 1}', "x" * 64),
    ],
)
def test_a_key_that_comes_twice_is_named(anonymous: APIClient, body: bytes, name: str):
    answer = send(anonymous, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "common.bad_json")
    assert (answer.json()["message"], answer.json()["details"]) == (f"字段 {name} 出现了两次", {"name": name})


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"{}", {}),
        (b"", {}),
        (b'{"a": 1.5, "b": [true, null]}', {"a": 1.5, "b": [True, None]}),
        ('{"a": "😀👨‍👩‍👧"}'.encode(), {"a": "😀👨‍👩‍👧"}),
        (b'{"a": "\\ud83d\\ude00"}', {"a": "😀"}),
        (b'{"a": "\\\\ud800"}', {"a": "\\ud800"}),
        (nested(DEEPEST), json.loads(nested(DEEPEST))),
        (json.dumps({"a": "[{" * 100 + '"\\'}).encode(), {"a": "[{" * 100 + '"\\'}),
        (json.dumps([[]] * 500).encode(), [[]] * 500),
    ],
)
def test_plain_json_arrives_as_it_was(anonymous: APIClient, body: bytes, value: object):
    answer = send(anonymous, body)
    assert (answer.status_code, answer.json()) == (200, {"got": value})


@pytest.mark.parametrize("depth", [DEEPEST + 1, 100_000, 500_000])
def test_deep_json_is_400_at_once(anonymous: APIClient, within: Within, depth: int):
    with within(1):
        assert send(anonymous, nested(depth)).json()["code"] == "common.bad_json"
    with within(1):
        assert send(anonymous, b'{"a":' * depth).status_code in (400, 413)


def test_ten_megabytes_are_413_at_once(anonymous: APIClient, within: Within):
    body = b'{"a": "' + b"x" * 10_000_000 + b'"}'
    with within(1):
        answer = send(anonymous, body)
    assert (answer.status_code, answer.json()["code"]) == (413, "common.too_large")


def test_the_largest_body_is_read_and_one_byte_more_is_not(anonymous: APIClient):
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    padding = b"x" * (most - len(b'{"a": ""}'))
    assert send(anonymous, b'{"a": "' + padding + b'"}').status_code == 200
    assert send(anonymous, b'{"a": "' + padding + b'x"}').status_code == 413


@pytest.mark.parametrize("pattern", [b'"', b'"\\', b"[]", b'{"a":1},', b"\\"])
def test_a_megabyte_of_marks_is_answered_at_once(anonymous: APIClient, within: Within, pattern: bytes):
    with within(1):
        assert send(anonymous, pattern * (1_000_000 // len(pattern))).status_code == 400


def test_a_number_of_five_thousand_digits_is_400_at_once(anonymous: APIClient, within: Within):
    with within(0.5):
        assert send(anonymous, b'{"a": ' + b"9" * 5000 + b"}").status_code == 400


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data", "x"]
)
def test_other_kinds_of_bodies_are_415(anonymous: APIClient, content_type: str):
    answer = send(anonymous, b"a=1", content_type)
    assert (answer.status_code, answer.json()["code"]) == (415, "common.unsupported_media_type")


@pytest.mark.parametrize("body", [b"[]", b"[1]", b'"text"', b"5", b"null", b"true"])
def test_where_an_object_is_asked_for_nothing_else_will_do(anonymous: APIClient, body: bytes):
    answer = anonymous.generic("POST", "/api/echo", body, "application/json")  # type: ignore[arg-type]  # bytes pass as they are
    refused = (answer.status_code, answer.json()["code"], answer.json()["details"])
    entry = {"field": "", "code": "not_an_object", "message": "请求体必须是 JSON 对象"}
    assert refused == (400, "common.invalid", [entry])
