"""One `python3 dev.py run`, as a terminal would start it."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# what a login shell has, and not what the tests' settings put there
OF_A_SHELL = ("PATH", "HOME", "LANG", "PIP_", "UV_", "SSL_CERT", "http_", "https_", "HTTP_", "HTTPS_", "DEMO_")


def gone(pid: int) -> bool:
    """Return whether a process has ended, be it that nobody has collected it yet."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z"


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


class Run:
    """One `dev.py run` in a session of its own, as a terminal would start it."""

    def __init__(self, ports: tuple[int, int], data: Path, *options: str) -> None:
        self.ports, self.lines = ports, list[str]()
        self.started_at, self.seconds_to_ready = time.monotonic(), 0.0
        where = ["--port", str(ports[0]), "--sandbox-port", str(ports[1]), "--data", str(data)]
        kept = {name: value for name, value in os.environ.items() if name.startswith(OF_A_SHELL)}
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "dev.py"), "run", *where, *options],
            env=kept,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        self.lines.extend(line.rstrip("\n") for line in iter(self.process.stdout.readline, ""))  # type: ignore[union-attr]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.ports[0]}/"

    def wait_until_ready(self) -> None:
        try:
            wait_until(lambda: f"ready {self.address}" in self.lines or self.process.poll() is not None, 60)
        finally:
            assert f"ready {self.address}" in self.lines, "\n".join(self.lines)
            self.seconds_to_ready = time.monotonic() - self.started_at

    def descendants(self) -> dict[int, str]:
        """Return every process below this one, with its command line."""
        parents, found = {}, {self.process.pid: ""}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue  # it has just ended
        for _generation in range(4):
            for pid, parent in parents.items():
                if parent in found:
                    found[pid] = Path(f"/proc/{pid}/cmdline").read_text()
        return {pid: command for pid, command in found.items() if pid != self.process.pid}

    def server(self) -> int:
        """Return the one process that serves: granian's worker, a child of granian."""
        return max(pid for pid, command in self.descendants().items() if "granian" in command)

    def ended(self, seconds: float = 30) -> int:
        code = self.process.wait(seconds)
        self._reader.join(seconds)
        return code
