"""demo_flow against the running product: server, worker and offline WeChat, as `python3 dev.py run` starts them."""

import json
import os
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from blindbox.backoffice.demo.visit import evidence
from blindbox.backoffice.demo.visit.client import Server, StepFailed
from blindbox.backoffice.demo.visit.steps import STEPS
from tests.factories.altered_proofs import DECK_LIES, HONEST, altered
from tests.factories.raw_answers import CUT_SHORT, answering

ROOT = Path(__file__).parents[2]


def free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        for probe in (one, other):
            probe.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


class Shop:
    """One `dev.py run` with its demo shop."""

    def __init__(self, data: Path) -> None:
        port, sandbox_port = free_ports()
        self.url, self.sandbox_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{sandbox_port}"
        where = ["--port", str(port), "--sandbox-port", str(sandbox_port), "--data", str(data)]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "DATABASE_URL"))}
        self._process = subprocess.Popen(
            [sys.executable, str(ROOT / "dev.py"), "run", *where],
            env=kept | {"BROKER_URL": "memory://", "CACHE_URL": ""},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:
            said.append(line)
            if line.startswith("ready "):
                break
        assert said[-1] == f"ready {self.url}/\n", "".join(said)
        threading.Thread(target=self._process.stdout.read, daemon=True).start()  # it must never wait for a reader

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)

    def visit(self) -> tuple[int, list[str], str]:
        return visit(self.url, self.sandbox_url)


def visit(url: str, sandbox_url: str) -> tuple[int, list[str], str]:
    """Return the exit code, what was printed, and what was printed as an error."""
    out, err, code = StringIO(), StringIO(), 0
    try:
        call_command("demo_flow", base_url=url, sandbox_url=sandbox_url, stdout=out, stderr=err)
    except SystemExit as ended:
        code = int(ended.code or 0)
    return code, out.getvalue().splitlines(), err.getvalue()


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Iterator[Shop]:
    running = Shop(tmp_path_factory.mktemp("shop"))
    yield running
    running.stop()


@pytest.mark.system
def test_a_visit_passes_every_step_and_so_does_the_next_one(shop):
    for _ in range(2):
        code, lines, errors = shop.visit()
        assert (code, errors) == (0, "")
        assert [line.split("：")[0] for line in lines[:-1]] == [f"✓ {title}" for title, _ in STEPS]
        assert lines[-1] == f"全部 {len(STEPS)} 步完成"
    assert "明日公布后可验证" in lines[-2]


@pytest.mark.system
def test_a_payment_that_wechat_refuses_ends_the_visit_there(shop):
    fault = {"path": "/v3/pay/transactions/jsapi", "status": 500, "times": 100}
    request = urllib.request.Request(f"{shop.sandbox_url}/control/faults", json.dumps(fault).encode(), method="POST")
    urllib.request.urlopen(request, timeout=10).close()
    try:
        code, lines, error = shop.visit()
    finally:
        clear = urllib.request.Request(f"{shop.sandbox_url}/control/faults", method="DELETE")
        urllib.request.urlopen(clear, timeout=10).close()
    assert code == 1
    assert lines[-1].startswith("✓ 预览价格：")
    assert error.startswith("✗ 下单：POST /api/app/activities/")
    assert "503 payment.provider_unavailable" in error
    assert error.count("\n") == 1


def test_without_a_server_one_line_says_so():
    port, _ = free_ports()
    code, lines, error = visit(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port}")
    assert (code, lines) == (1, [])
    assert error.startswith(f"✗ 就绪：服务 http://127.0.0.1:{port} 没有正常应答（")
    assert error.count("\n") == 1


@pytest.mark.parametrize("cut", CUT_SHORT.values(), ids=CUT_SHORT)
def test_an_answer_cut_short_ends_the_visit_with_a_reason(cut):
    with answering(cut) as url, pytest.raises(StepFailed, match="没有正常应答|被拒绝：409"):
        Server("服务", url).get("/healthz")


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_proof_is_accepted_and_waits_only_for_what_is_secret(name):
    proof, _ = HONEST[name]
    holds, waiting = evidence.check(proof)
    assert holds > 0
    revealed = proof["issue"]["secret"] if proof["issue"]["root"] else proof["day_secret"]
    assert (waiting == 0) == (revealed is not None)


@pytest.mark.parametrize(("path", "change"), DECK_LIES, ids=[path for path, _ in DECK_LIES])
def test_an_altered_proof_is_not_accepted(path, change):
    proof, _ = HONEST["any ticket of a revealed box"]
    with pytest.raises(StepFailed, match="^验证不通过："):
        evidence.check(altered(proof, path, change))
