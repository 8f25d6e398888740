"""One JSON object a line, whatever a caller put into it."""

import json
import logging
import logging.config
from collections.abc import Callable

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from blindbox.common.logging import DropExpectedRefusals, JsonFormatter, current_request_id, set_request_id


def record_of(message: str, *arguments: object, **extra: object) -> logging.LogRecord:
    made = logging.makeLogRecord({"name": "shop", "levelname": "INFO", "msg": message, "args": arguments, **extra})
    made.created = 1_763_784_000.5
    return made


@pytest.mark.parametrize(
    "crafted",
    [
        'x"}\n{"level": "ERROR", "message": "forged"}',
        "\r\nforged",
        "\x1b[31mred\x9b31m",
        "line\u2028separator\u2029\x85",
        "\u202egnp.exe\u2066",
        "half \ud800 pair",
        "\x00",
    ],
)
def test_a_crafted_message_stays_one_line_of_printable_utf8(crafted: str):
    line = JsonFormatter().format(record_of("昵称 %s", crafted))
    assert line.encode()
    assert len(line.splitlines()) == 1
    assert all(character.isprintable() for character in line)
    assert json.loads(line)["message"] == f"昵称 {crafted}"


def test_a_line_says_when_where_what_and_for_which_request():
    set_request_id("req-7")
    line = json.loads(JsonFormatter().format(record_of("付款 %s 😀", 5)))
    set_request_id("")
    assert line == {
        "at": "2025-11-22T04:00:00.500000+00:00",
        "level": "INFO",
        "logger": "shop",
        "message": "付款 5 😀",
        "request_id": "req-7",
    }


def test_an_exception_is_in_its_line():
    error = ValueError("第一行\n第二行")
    line = JsonFormatter().format(record_of("坏了", exc_info=(ValueError, error, None)))
    assert len(line.splitlines()) == 1
    assert json.loads(line)["exception"].endswith("ValueError: 第一行\n第二行")


@pytest.mark.parametrize(("status", "kept"), [(400, False), (409, False), (499, False), (500, True), (503, True)])
def test_refusals_are_dropped_and_incidents_kept(status: int, kept: bool):
    assert DropExpectedRefusals().filter(record_of("x", status_code=status)) is kept


def test_a_record_without_status_is_kept():
    assert DropExpectedRefusals().filter(record_of("x"))


@pytest.mark.urls("tests.common.probes")
def test_a_500_is_one_line_on_standard_error(
    anonymous: APIClient, failing: Callable[[Exception], None], capfd: pytest.CaptureFixture[str]
):
    """Through the handlers of the settings, as a server would write it."""
    failing(ValueError("第一行\n第二行"))
    logging.config.dictConfig(settings.LOGGING)
    anonymous.get("/api/fail", headers={"X-Request-ID": "req-8"})
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [(line["level"], line["request_id"]) for line in lines] == [("ERROR", "req-8")]


def test_outside_a_request_there_is_no_id():
    assert current_request_id() == ""
