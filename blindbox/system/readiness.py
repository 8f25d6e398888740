"""Whether this process can serve: each part it needs answers, quickly, and the clocks agree."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from celery import current_app
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from blindbox.system import heartbeats

logger = logging.getLogger(__name__)

LARGEST_DRIFT = timedelta(seconds=2)
OLDEST_HEARTBEAT = timedelta(seconds=60)
BROKER_SECONDS = 1
BROKER_BELIEVED_SECONDS = 5.0  # whoever asks how we are must not make us connect each time
PARTS = ("database", "cache", "broker", "migrations", "beat")
_CLOCKS = {"mysql": "SELECT UTC_TIMESTAMP(6)", "sqlite": "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')"}
_migrated: list[bool] = []


def readiness(*, now: datetime) -> dict[str, bool]:
    """Return which parts are ready."""
    checks: dict[str, Callable[[], bool]] = {
        "database": lambda: abs(_database_clock() - now) <= LARGEST_DRIFT,
        "cache": _cache_keeps,
        "broker": broker_lately,
        "migrations": _nothing_to_migrate,
        "beat": lambda: _beats(now=now),
    }
    return {name: _holds(name, checks[name]) for name in PARTS}


def _holds(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception as error:  # noqa: BLE001  whatever a part's client raises, the part is not ready
        logger.warning("Not ready: %s: %s", name, error)
        return False


def _database_clock() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute(_CLOCKS[connection.vendor])
        (moment,) = cursor.fetchone()
    return datetime.fromisoformat(str(moment)).replace(tzinfo=UTC)


def _cache_keeps() -> bool:
    cache.set("readyz", 1, 10)
    return bool(cache.get("readyz") == 1)


def _broker_answers() -> bool:
    options = {"socket_timeout": BROKER_SECONDS, "socket_connect_timeout": BROKER_SECONDS}  # Redis reads these
    with current_app.connection_for_write(connect_timeout=BROKER_SECONDS, transport_options=options) as broker:
        broker.ensure_connection(max_retries=max(0, len(broker.alt) - 1))  # each host of a fail-over list once
        return True


class Lately:
    """A check's last answer, asked for again only after a while, by one thread while others wait."""

    def __init__(self, check: Callable[[], bool], *, seconds: float) -> None:
        self._check, self._seconds = check, seconds
        self._lock = threading.Lock()
        self._answer, self._stale_at = False, 0.0

    def __call__(self) -> bool:
        with self._lock:
            if time.monotonic() >= self._stale_at:
                self._answer = self._check()
                self._stale_at = time.monotonic() + self._seconds
            return self._answer

    def forget(self) -> None:
        with self._lock:
            self._stale_at = 0.0


broker_lately = Lately(lambda: _holds("broker", _broker_answers), seconds=BROKER_BELIEVED_SECONDS)


def _nothing_to_migrate() -> bool:
    """Ask until it holds; afterwards only a new release, so a new process, can change it."""
    if not _migrated:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        _migrated.extend([] if pending else [True])
    return bool(_migrated)


def _beats(*, now: datetime) -> bool:
    last = heartbeats.last(name="outbox")
    return last is not None and now - last < OLDEST_HEARTBEAT
