"""The shop's own processes on the test database, and a supervisor that starts again what somebody killed."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests.factories.production import PLAUSIBLE_PRODUCTION

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(port: int, wechat: Mapping[str, str]) -> dict[str, str]:
    """Return what production reads, pointing at the test's database and sandbox."""
    database = connection.settings_dict
    login = f"{database['USER']}:{database['PASSWORD']}" if database["PASSWORD"] else database["USER"]
    return {
        **PLAUSIBLE_PRODUCTION,
        **os.environ,
        **wechat,
        "DJANGO_SETTINGS_MODULE": "blindbox.settings.production",
        "DATABASE_URL": f"mysql://{login}@{database['HOST']}:{database['PORT'] or 3306}/{database['NAME']}",
        "BROKER_URL": settings.CELERY_BROKER_URL,
        "WECHAT_NOTIFY_BASE": f"http://127.0.0.1:{port}",
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECURE_SSL_REDIRECT": "0",
        "LOG_LEVEL": "ERROR",
    }


def web(port: int) -> list[str]:
    serve = ["granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--no-ws"]
    return [sys.executable, "-m", *serve, "--workers", "2", "--blocking-threads", "4", "blindbox.wsgi:application"]


def worker(schedule: Path) -> list[str]:
    """A worker with its beat; production runs them apart, which changes nothing about what a kill can lose."""
    options = ["--beat", "--schedule", str(schedule), "--concurrency", "2", "--loglevel", "ERROR"]
    return [sys.executable, "-m", "celery", "-A", "blindbox", "worker", *options]


class Supervised:
    """A process group that is started again when it dies, as systemd would."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.command, self.environment = command, environment
        self.starts, self.started_at = 0, 0.0
        self._stopping = threading.Event()
        self._process = self._start()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _start(self) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(self.command, cwd=ROOT, env=dict(self.environment), start_new_session=True)
        self.starts, self.started_at = self.starts + 1, time.monotonic()
        return process

    def _watch(self) -> None:
        while not self._stopping.is_set():
            self._process.wait()
            if not self._stopping.wait(0.2):
                self._process = self._start()

    def kill(self) -> None:
        """
        Kill the whole group at once, with nothing said before.

        :raises ProcessLookupError: if it is dead already, so that nothing was killed
        """
        os.killpg(self._process.pid, signal.SIGKILL)

    def stop(self) -> None:
        self._stopping.set()
        for _ in range(2):  # it may just be starting again
            with contextlib.suppress(ProcessLookupError):
                self.kill()
            self._thread.join(10)


def wait_for_web(port: int, *, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the web process did not start")
