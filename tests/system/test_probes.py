"""/healthz and /readyz: quick, and honest about what is missing."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.utils import timezone
from rest_framework.test import APIClient

from blindbox.system import heartbeats, readiness

READY = {"database": True, "cache": True, "broker": True, "migrations": True, "beat": True}


@pytest.fixture(autouse=True)
def _ask_the_broker_again() -> Iterator[None]:
    readiness.broker_lately.forget()
    yield
    readiness.broker_lately.forget()


@pytest.fixture
def beating(db: None) -> None:
    heartbeats.beat(name="outbox", now=timezone.now())


def test_a_living_process_says_so_without_the_database(anonymous: APIClient):
    answer = anonymous.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_everything_ready_is_200(anonymous: APIClient, beating: None):
    answer = anonymous.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, READY)


@pytest.mark.parametrize("age", [None, 60, 3600])
def test_without_a_fresh_heartbeat_beat_is_not_ready(anonymous: APIClient, db: None, age: int | None):
    if age is not None:
        heartbeats.beat(name="outbox", now=timezone.now() - timedelta(seconds=age))
    answer = anonymous.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {**READY, "beat": False})


@pytest.mark.parametrize("seconds", [-3, 3])
def test_a_clock_that_drifts_over_two_seconds_fails_the_database(beating: None, seconds: int):
    parts = readiness.readiness(now=timezone.now() + timedelta(seconds=seconds))
    assert parts == {**READY, "database": False}


def test_a_drift_of_one_second_is_fine(beating: None):
    assert readiness.readiness(now=timezone.now() + timedelta(seconds=1)) == READY


def test_a_cache_that_forgets_is_not_ready(beating: None):
    with patch.object(cache, "get", return_value=None):
        assert readiness.readiness(now=timezone.now()) == {**READY, "cache": False}


@pytest.mark.parametrize("scheme", ["amqp", "redis"])
def test_a_broker_that_is_down_answers_fast(beating: None, monkeypatch: pytest.MonkeyPatch, scheme: str):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        monkeypatch.setenv("CELERY_BROKER_WRITE_URL", f"{scheme}://127.0.0.1:{listener.getsockname()[1]}//")
        assert _seconds_until_refused() < 10


@pytest.mark.parametrize("scheme", ["amqp", "redis"])
def test_a_broker_that_accepts_and_keeps_silent_is_given_up_on(
    beating: None, monkeypatch: pytest.MonkeyPatch, scheme: str
):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        monkeypatch.setenv("CELERY_BROKER_WRITE_URL", f"{scheme}://127.0.0.1:{listener.getsockname()[1]}//")
        assert _seconds_until_refused() < 10


def test_the_broker_is_asked_again_only_after_a_while(beating: None, monkeypatch: pytest.MonkeyPatch):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        monkeypatch.setenv("CELERY_BROKER_WRITE_URL", f"amqp://127.0.0.1:{listener.getsockname()[1]}//")
        _seconds_until_refused()
    monkeypatch.delenv("CELERY_BROKER_WRITE_URL")
    assert readiness.readiness(now=timezone.now()) == {**READY, "broker": False}
    readiness.broker_lately.forget()
    assert readiness.readiness(now=timezone.now()) == READY


def test_a_check_is_run_by_one_thread_and_believed_for_its_time():
    asked: list[int] = []

    def check() -> bool:
        asked.append(1)
        return True

    lately = readiness.Lately(check, seconds=60)
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda _: lately(), range(8))) == [True] * 8
    assert len(asked) == 1
    assert readiness.Lately(check, seconds=0)() and len(asked) == 2


def test_a_caller_names_what_it_needs(anonymous: APIClient, db: None):
    for needs, status in (("database,migrations", 200), ("cache", 200), ("database,beat", 503), ("beat", 503)):
        answer = anonymous.get("/readyz", {"needs": needs})
        assert (answer.status_code, answer.json()) == (status, {**READY, "beat": False})


@pytest.mark.parametrize("needs", ["", "disk", "database,", "Database"])
def test_a_need_that_is_no_part_is_refused(anonymous: APIClient, db: None, needs: str):
    answer = anonymous.get("/readyz", {"needs": needs})
    assert (answer.status_code, answer.json()["code"]) == (400, "common.invalid")
    assert answer.json()["details"][0]["message"].startswith(
        "只能是 database、cache、broker、migrations、beat 中的若干项"
    )


def _seconds_until_refused() -> float:
    before = time.monotonic()
    assert readiness.readiness(now=timezone.now()) == {**READY, "broker": False}
    return time.monotonic() - before
