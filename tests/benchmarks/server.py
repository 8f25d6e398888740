"""The server under test, as production runs it, and what its processes and the database's used of the CPU."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WORKERS, THREADS = 2, 4
TICKS = os.sysconf("SC_CLK_TCK")
ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def running(port: int) -> Iterator[int]:
    """Serve blindbox on granian and yield the pid of its main process."""
    environment = {**os.environ, "SECURE_SSL_REDIRECT": "0", "ALLOWED_HOSTS": "127.0.0.1"}
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    options = [
        "--workers",
        str(WORKERS),
        "--blocking-threads",
        str(THREADS),
        "--no-ws",
        "--log-level",
        "warning",
        "--respawn-failed-workers",
    ]
    command = [*granian, *options, "blindbox.wsgi:application"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
    try:
        _wait(port)
        yield process.pid
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


def cpu_of_tree(pid: int) -> float:
    """Return the CPU seconds of a process and its children."""
    return sum(_cpu(each) for each in [pid, *workers_of(pid)])


def cpu_of_database() -> float:
    pids = subprocess.run(["pgrep", "-x", "mariadbd|mysqld"], capture_output=True, text=True, check=False)
    return sum(_cpu(int(pid)) for pid in pids.stdout.split())


def workers_of(pid: int) -> list[int]:
    """Return every process below one."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [each for child in children for each in [int(child), *workers_of(int(child))]]


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
