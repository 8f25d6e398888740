"""The embedded server stays small: one process is web server, worker and beat of a small shop for months."""

import json
import os
import secrets
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.system
PASSWORD = "enough-for-a-test"
LIMIT_MB, DRAWS, PER_ORDER, MEMBERS = 200, 10_000, 10, 20


class Caller:
    """The API of one run, as a mini-program or a script sees it."""

    def __init__(self, address: str) -> None:
        self._address, self.token = address, ""

    def __call__(self, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Content-Type": "application/json", "Idempotency-Key": secrets.token_hex(8)}
        headers |= {"Authorization": f"Bearer {self.token}"} if self.token else {}
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._address}api/{path}", data=content, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


def resident_mb(pid: int) -> int:
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(fields["VmHWM"].split()[0]) // 1024  # its highest so far


def rich_member(address: str, operator: Caller, number: int) -> Caller:
    """Return one of several members: the shop limits what each may draw in a day and order in a minute."""
    member = Caller(address)
    login = member("app/users/weixin/login", {"js_code": f"dev:many{number}"})
    member.token = login["access_token"]
    for _ in range(10):  # each the most that one grant gives
        operator(f"admin/users/{login['user']['id']}/points/add", {"delta": 10**5, "reason": "many draws"})
    return member


def test_ten_thousand_draws_leave_the_server_small(start, monkeypatch):
    monkeypatch.setenv("DEMO_ADMIN_PASSWORD", PASSWORD)
    run = start()
    operator = Caller(run.address)
    operator.token = operator("admin/token", {"username": "admin", "password": PASSWORD})["access_token"]
    members = [rich_member(run.address, operator, number) for number in range(MEMBERS)]
    activities = members[0]("app/activities?gameplay=infinite")["list"]
    activity, issue = activities[0]["id"], activities[0]["current_issue"]["id"]

    def buy(number: int) -> int:
        order = {"count": PER_ORDER, "pay_with": "points", "client_nonce": secrets.token_hex(16)}
        member = members[number % MEMBERS]
        return len(member(f"app/activities/{activity}/issues/{issue}/draws", order)["draws"])

    with ThreadPoolExecutor(4) as buyers:
        assert sum(buyers.map(buy, range(DRAWS // PER_ORDER))) == DRAWS
    grown = {pid: resident_mb(pid) for pid in run.descendants()}
    assert max(grown.values()) < LIMIT_MB, grown
    os.kill(run.process.pid, 15)
    assert run.ended() == 0
