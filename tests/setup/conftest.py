"""dev.py stands outside every package, so it is loaded by its path; each test gets a copy of its own."""

import importlib.util
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.setup.running import ROOT, Run, gone

DevPy = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the module dev.py, its virtual environment and locks in a folder of this test."""
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    venv, locks = tmp_path / "venv", tmp_path / "requirements"
    (venv / "bin").mkdir(parents=True)
    locks.mkdir()
    (venv / "bin" / "python").symlink_to(sys.executable)
    for lock in ("base", "test", "mysql"):
        (locks / f"{lock}.txt").write_text(f"# {lock}\n")
    places = {"VENV": venv, "PYTHON": venv / "bin" / "python", "STAMP": venv / "installed.txt", "LOCKS": locks}
    for name, place in places.items():
        monkeypatch.setattr(module, name, place)
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(module, "PIP_CONFIGS", ())
    return module


@pytest.fixture
def dev_py() -> DevPy:
    """Return a function that runs `python3 dev.py …` to its end."""

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, str(ROOT / "dev.py"), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    return run


@pytest.fixture
def free_ports() -> tuple[int, int]:
    """Return two ports that nothing listens on."""
    with socket.socket() as one, socket.socket() as other:
        for probe in (one, other):
            probe.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


@pytest.fixture
def start(free_ports, tmp_path):
    """Return a function that starts a run on this test's ports and data; what still runs at the end is killed."""
    started: list[Run] = []

    def begin(*options: str) -> Run:
        started.append(Run(free_ports, tmp_path / "data", *options))
        started[-1].wait_until_ready()
        return started[-1]

    yield begin
    for run in started:
        leftovers = run.descendants() if run.process.poll() is None else {}
        for pid in (*leftovers, run.process.pid):
            if not gone(pid):
                os.kill(pid, signal.SIGKILL)
