"""Races over real connections. On SQLite one writer at a time is all there is, so there is nothing to race."""

import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from activities.services import days
from tests.orders.conftest import ask, receiver, running_receiver, running_sandbox, sandbox, wechat
from tests.races.paying import announced, issue, told

__all__ = ["announced", "ask", "issue", "receiver", "running_receiver", "running_sandbox", "sandbox", "told", "wechat"]

HERE = Path(__file__).parent
PATIENCE_SECONDS = 30


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if connection.vendor != "sqlite":
        return
    skip = pytest.mark.skip(reason="races need MariaDB or MySQL: SQLite runs one writer at a time")
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(skip)


@pytest.fixture
def now() -> datetime:
    """The moment of a race; the secrets of its day and the next are committed, as beat does."""
    moment = timezone.now()
    days.turn(now=moment)
    return moment


def run_together(*units: Callable[[], Any]) -> list[Any]:
    """Run each unit in a thread with a connection of its own, all at once; return results or exceptions in order."""
    start = threading.Barrier(len(units))
    results: list[Any] = [None] * len(units)

    def run(place: int, unit: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            start.wait(PATIENCE_SECONDS)
            results[place] = unit()
        except Exception as error:  # noqa: BLE001  the caller judges
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=each, daemon=True) for each in enumerate(units)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert not any(thread.is_alive() for thread in threads), "a unit hangs"
    return results


class Meeting:
    """Where several units wait for each other in the middle, once: the interleaving that a control needs."""

    def __init__(self, size: int, *, patience_seconds: float = 20) -> None:
        self._barrier = threading.Barrier(size)
        self._patience_seconds = patience_seconds
        self._over = threading.Event()
        self._seen = threading.local()

    def wait(self) -> None:
        """Wait for the others; whoever comes again, as a retry does, finds the meeting over."""
        if self._over.is_set():
            return
        try:
            self._barrier.wait(self._patience_seconds)
        except threading.BrokenBarrierError:
            return
        finally:
            self._over.set()

    def look(self, at: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """Look before the meeting and act on that after it, whatever a retry would see: a check made too early."""
        if not hasattr(self._seen, "answer"):
            self._seen.answer = at(*args, **named)
            self.wait()
        return self._seen.answer


def with_head_start(patch: pytest.MonkeyPatch, where: Any, name: str, *units: Callable[[], Any]) -> list[Any]:
    """Let the second of two units begin when the first has done `where.name` and its transaction is still open."""
    done, real = threading.Event(), getattr(where, name)
    first, second = units

    def do_and_tell(*args: Any, **named: Any) -> Any:
        result = real(*args, **named)
        done.set()
        return result

    def wait_and_go() -> Any:
        done.wait(PATIENCE_SECONDS)
        return second()

    patch.setattr(where, name, do_and_tell)
    return run_together(first, wait_and_go)


def in_the_middle(patch: pytest.MonkeyPatch, where: Any, name: str, *units: Callable[[], Any]) -> list[Any]:
    """Let the second of two units run whole when the first is about to do `where.name`."""
    reached, gone, real = threading.Event(), threading.Event(), getattr(where, name)
    first, second = units

    def wait_and_do(*args: Any, **named: Any) -> Any:
        reached.set()
        gone.wait(PATIENCE_SECONDS)
        return real(*args, **named)

    def go_and_tell() -> Any:
        reached.wait(PATIENCE_SECONDS)
        try:
            return second()
        finally:
            gone.set()

    patch.setattr(where, name, wait_and_do)
    return run_together(first, go_and_tell)
