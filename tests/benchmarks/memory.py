"""
How much memory the server process of the embedded default holds after 10,000 draws.

    python -m tests.benchmarks.memory [--draws 10000] [--port 8460]

Starts `dev.py run` on a data directory of its own, buys with points ten at a time, prints the server's resident memory.
"""

import argparse
import json
import secrets
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.faults.visitors import insist

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE, MEMBERS, LIMIT_MB, PASSWORD = 10, 20, 200, "benchmark password"


@contextmanager
def embedded(port: int, data: str) -> Iterator["subprocess.Popen[str]"]:
    """Run the embedded default until it says that it is ready."""
    options = ["--port", str(port), "--sandbox-port", str(port + 1), "--data", data]
    environment = {"DEMO_ADMIN_PASSWORD": PASSWORD, "PATH": "/usr/bin:/bin", "HOME": str(Path.home())}
    run = [sys.executable, "dev.py", "run", *options]
    process = subprocess.Popen(run, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if line.startswith("ready"):
                break
        yield process
    finally:
        process.terminate()
        process.wait(30)


def post(base: str, path: str, body: Any, token: str = "") -> Any:
    headers = {"Idempotency-Key": secrets.token_hex(12)}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    status, answer = insist("POST", base + path, body, **headers)
    if status >= 400:
        raise SystemExit(f"{path}: {status} {answer}")
    return answer


def draw(base: str, draws: int) -> None:
    """Draw from the demo shop's weighted issue, which never sells out."""
    operator = post(base, "/api/admin/token", {"username": "admin", "password": PASSWORD})["access_token"]
    members = [rich_member(base, operator, number, draws) for number in range(MEMBERS)]
    with urllib.request.urlopen(f"{base}/api/app/activities?gameplay=infinite") as answer:
        activity = json.load(answer)["list"][0]
    path = f"/api/app/activities/{activity['id']}/issues/{activity['current_issue']['id']}/draws"
    for number in range(draws // AT_ONCE):
        body = {"count": AT_ONCE, "pay_with": "points", "client_nonce": secrets.token_hex(8)}
        post(base, path, body, members[number % MEMBERS])


def rich_member(base: str, operator: str, number: int, draws: int) -> str:
    """Return the token of one of several members: the shop limits what each may draw in a day and order in a minute."""
    visit = post(base, "/api/app/users/weixin/login", {"js_code": f"dev:benchmark{number}"})
    once = 100_000  # the most that one grant gives
    grant = {"delta": once, "reason": "基准测试"}
    for _ in range(draws * 1_000 // MEMBERS // once + 1):
        post(base, f"/api/admin/users/{visit['user']['id']}/points/add", grant, operator)
    return str(visit["access_token"])


def resident_mb(parent: int) -> dict[str, int]:
    """Return the resident memory of every process below one, by pid and what it runs."""
    found = {}
    for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        status = Path(f"/proc/{child}/status").read_text()
        command = Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
        resident = next(int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmRSS"))
        found[f"{child} {command[-70:].strip()}"] = resident
        found.update(resident_mb(int(child)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--port", type=int, default=8460)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as data, embedded(options.port, data) as process:
        before = resident_mb(process.pid)
        draw(f"http://127.0.0.1:{options.port}", options.draws)
        after = resident_mb(process.pid)
    for name, megabytes in after.items():
        print(f"{before.get(name, 0):>5} → {megabytes:>5} MB  {name}")
    sys.exit(0 if max(after.values()) < LIMIT_MB else 1)


if __name__ == "__main__":
    main()
