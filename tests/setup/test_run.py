"""`python3 dev.py run` as a person uses it: it becomes ready, serves, and leaves nothing behind."""

import os
import signal
import socket
import stat
import urllib.request

import pytest

from tests.setup.running import gone, wait_until

pytestmark = pytest.mark.system
WARM_START_SECONDS = 5  # what the README promises


def crowding() -> float:
    """Return by how much others slow this machine down: the promise is for one that has a processor to spare."""
    beside_us = 2 if "PYTEST_XDIST_WORKER" in os.environ else 1
    return beside_us * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def nobody_listens(ports: tuple[int, int]) -> bool:
    with socket.socket() as one, socket.socket() as other:
        return all(probe.connect_ex(("127.0.0.1", port)) != 0 for probe, port in zip((one, other), ports, strict=True))


def test_ctrl_c_ends_everything_and_a_second_run_starts_again(start, tmp_path):
    first = start()
    for path in ("healthz", "readyz"):
        with urllib.request.urlopen(first.address + path, timeout=10) as answer:
            assert answer.status == 200
    assert (tmp_path / "data" / "ports").read_text() == "{} {}\n".format(*first.ports)  # what dev.py manage reads
    everyone = first.descendants()
    assert len(everyone) == 3  # the offline WeChat, granian, its worker
    os.killpg(first.process.pid, signal.SIGINT)
    assert first.ended() == 0
    assert first.lines[-1] == "stopped"
    assert not [pid for pid in everyone if not gone(pid)]
    assert nobody_listens(first.ports)
    assert stat.S_IMODE((tmp_path / "data" / "keys.json").stat().st_mode) == 0o600

    second = start()
    assert second.seconds_to_ready < WARM_START_SECONDS * crowding()
    second.process.terminate()
    assert second.ended() == 0


def test_a_killed_run_takes_everything_with_it(start):
    run = start("--no-demo")
    everyone = run.descendants()
    run.process.kill()
    run.ended()
    wait_until(lambda: all(gone(pid) for pid in everyone), 15)
    assert nobody_listens(run.ports)


def test_a_killed_server_ends_the_run_with_one_line(start):
    run = start("--no-demo")
    everyone = run.descendants()
    os.kill(run.server(), signal.SIGKILL)
    assert run.ended() == 1
    assert run.lines[-1] == "dev.py: the server ended unexpectedly (exit code 1), so the rest was stopped"
    wait_until(lambda: all(gone(pid) for pid in everyone), 15)
