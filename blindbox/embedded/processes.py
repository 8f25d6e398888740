"""The processes of one run: started together, watched, and ended together."""

import os
import signal
import subprocess
import sys
import time
from types import TracebackType
from typing import NoReturn, Self

STOP_SECONDS = 15


class Trouble(Exception):
    """What stops us, in words for the person at the keyboard."""


class Processes:
    def __init__(self) -> None:
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End what runs, the last started first; one that does not listen is killed with all of its own."""
        for _name, process in reversed(self._running):
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for _name, process in reversed(self._running):
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def start(self, name: str, module: str, *arguments: str) -> None:
        """Start a module in a session of its own: Ctrl-C reaches only us, and we end it in order."""
        command = [sys.executable, "-m", "blindbox.embedded.lifeline", str(os.getpid()), module, *arguments]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        self._running.append((name, process))

    def finish(self, purpose: str, module: str, *arguments: str) -> None:
        """
        Run a module to its end.

        :raises Trouble: if it fails; it has said why itself
        """
        if subprocess.run([sys.executable, "-m", module, *arguments], stdin=subprocess.DEVNULL, check=False).returncode:
            raise Trouble(f"{purpose} failed, see above")

    def pids(self) -> list[int]:
        return [process.pid for _name, process in self._running]

    def watch(self) -> NoReturn:
        while True:
            self.must_all_run()
            time.sleep(0.5)

    def must_all_run(self) -> None:
        """:raises Trouble: if one of them has ended"""
        for name, process in self._running:
            if process.poll() is not None:
                raise Trouble(f"{name} ended unexpectedly (exit code {process.returncode}), so the rest was stopped")
