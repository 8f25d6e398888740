"""Sell a box out with 16 clients that repeat their keys while workers are killed; then count (ratio 8)."""

import json
import os
import secrets
import signal
import threading
import time
from typing import Any

from django.db import connection

from activities.models import DrawLog
from blindbox.common.invariants import violations
from tests.benchmarks import load, server, shop

CLIENTS, TOTAL, LONGEST_SECONDS = 16, 1500, 240


def check(port: int, pid: int) -> list[str]:
    """Return what is wrong afterwards, empty if nothing is."""
    box, buyers = shop.open_box(total=TOTAL), shop.buyers(CLIENTS)
    connection.close()
    acknowledged: list[set[int]] = [set() for _ in range(CLIENTS)]
    threads = [threading.Thread(target=_client, args=(port, box, buyers[i], acknowledged[i])) for i in range(CLIENTS)]
    for thread in threads:
        thread.start()
    _kill_workers(pid)
    for thread in threads:
        thread.join()
    return _wrong(box, set().union(*acknowledged), sum(map(len, acknowledged)))


def _client(port: int, box: shop.Box, buyer: shop.Buyer, seen: set[int]) -> None:
    path = f"/api/app/activities/{box.activity_id}/issues/{box.issue_id}/draws"
    body = json.dumps({"count": 1, "pay_with": "points", "client_nonce": "benchmark"}).encode()
    until = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < until:
        key = secrets.token_hex(12)
        status, answer = _insisting(port, path, buyer.token, key, body)
        if status == 201:
            seen.update(draw["id"] for draw in answer["draws"])
            repeated = _insisting(port, path, buyer.token, key, body)[1]
            if [d["id"] for d in repeated["draws"]] != [d["id"] for d in answer["draws"]]:
                seen.add(-1)
        elif answer["code"] == "draw.sold_out":
            return


def _insisting(port: int, path: str, token: str, key: str, body: bytes) -> tuple[int, Any]:
    """Repeat under the same key until there is an answer that is not about the server."""
    until = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < until:
        try:
            status, raw = load.Client(port).post(path, token, key, body)
        except OSError:
            time.sleep(0.05)
            continue
        if status < 500 and not (status == 409 and b"in_flight" in raw):
            return status, json.loads(raw)
    return 503, {"code": "benchmark.gave_up"}


def _kill_workers(pid: int) -> None:
    """Kill every worker at once, in mid-sale; granian starts new ones."""
    time.sleep(0.6)
    for child in server.workers_of(pid):
        os.kill(child, signal.SIGKILL)


def _wrong(box: shop.Box, acknowledged: set[int], answers: int) -> list[str]:
    stored = set(DrawLog.objects.filter(issue_id=box.issue_id).values_list("pk", flat=True))
    wrong = [f"{each.id} {each.what}" for each in violations() if not each.id.startswith(("X2",))]
    if len(stored) != TOTAL:
        wrong.append(f"sold {len(stored)} of {TOTAL}")
    if not acknowledged <= stored or len(acknowledged) != answers:
        wrong.append(f"{len(acknowledged - stored)} acknowledged draws are not stored, or two were one")
    return wrong
