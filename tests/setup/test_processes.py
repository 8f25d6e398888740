"""What `dev.py run` starts ends with it, however it ends."""

import os
import signal
import subprocess
import sys

import pytest

from blindbox.embedded.processes import Processes, Trouble
from tests.setup.running import gone, wait_until

PARENT = """
import subprocess, sys, os, time
lifeline = [sys.executable, "-m", "blindbox.embedded.lifeline", str(os.getpid())]
child = subprocess.Popen([*lifeline, "http.server", "--bind", "127.0.0.1", "0"], stdout=subprocess.DEVNULL)
print(child.pid, flush=True)
time.sleep(60)
"""
DEAF = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).touch()
time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_child_ends_when_its_parent_is_killed(number):
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert not gone(child)
        parent.send_signal(number)
    wait_until(lambda: gone(child))


def test_all_end_when_one_does():
    with pytest.raises(Trouble, match=r"^the second ended unexpectedly \(exit code \d+\)"), Processes() as processes:
        processes.start("the first", "http.server", "--bind", "127.0.0.1", "0")
        processes.start("the second", "no.such.module")
        first = processes.pids()[0]
        processes.watch()
    assert gone(first)


def test_a_step_that_fails_ends_the_run():
    with pytest.raises(Trouble, match="^preparing failed, see above$"), Processes() as processes:
        processes.finish("preparing", "no.such.module")


def test_one_that_does_not_listen_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr("blindbox.embedded.processes.STOP_SECONDS", 0.5)
    (tmp_path / "deaf.py").write_text(DEAF)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.getcwd()}")
    with Processes() as processes:
        processes.start("the deaf", "deaf", str(tmp_path / "deaf"))
        pid = processes.pids()[0]
        wait_until((tmp_path / "deaf").exists)
    assert gone(pid)
