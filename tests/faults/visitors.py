"""Members who draw and insist: every request is repeated under its key until the shop answers it."""

import json
import secrets
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

PATIENCE_SECONDS = 90
WECHAT_EVERY = 4  # how often one pays by WeChat instead of points


@dataclass
class Seen:
    """What the shop acknowledged: draws by their id, and orders that WeChat was paid for."""

    draws: list[int] = field(default_factory=list)
    paid: list[str] = field(default_factory=list)


def request(method: str, url: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data, {"Content-Type": "application/json", **headers}, method=method)
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read())


def insist(method: str, url: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    """Repeat until the answer is about the request and not about a dead or busy server."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            status, answer = request(method, url, body, **headers)
        except (OSError, HTTPException, ValueError):  # refused, reset, cut off before or in mid-answer
            time.sleep(0.1)
            continue
        in_flight = status == 409 and answer["code"] == "common.idempotency_in_flight"
        if status < 500 and not in_flight:
            return status, answer
        time.sleep(0.1)
    raise TimeoutError(url)


@dataclass
class Visitor:
    """One member who draws and draws, by points and now and then by WeChat."""

    base: str
    sandbox: str
    draws_url: str
    token: str
    seen: Seen = field(default_factory=Seen)
    is_asking: bool = False

    def visit(self, *, until: threading.Event) -> None:
        while not until.is_set():
            for _ in range(WECHAT_EVERY - 1):
                self._draw_by_points()
            self._pay_by_wechat()

    def _buy(self, pay_with: str) -> tuple[int, Any]:
        body = {"count": 1, "pay_with": pay_with, "client_nonce": secrets.token_hex(8)}
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": secrets.token_hex(12)}
        self.is_asking = True
        try:
            return insist("POST", self.base + self.draws_url, body, **headers)
        finally:
            self.is_asking = False

    def _draw_by_points(self) -> None:
        status, answer = self._buy("points")
        assert status == 201, answer
        self.seen.draws += [draw["id"] for draw in answer["draws"]]

    def _pay_by_wechat(self) -> None:
        status, bought = self._buy("weixin")
        if (status, bought.get("code")) == (409, "draw.hold_open"):  # the last one waits for a dead worker
            return
        assert status == 201, bought
        number = bought["payment"]["out_trade_no"]
        status, answer = insist("POST", f"{self.sandbox}/control/payments/{number}/pay", {})
        assert status == 200, answer
        self.seen.paid.append(bought["order"]["order_no"])


@dataclass
class Crowd:
    """All of them at once, each in a thread, until `over` is set."""

    visitors: list[Visitor]
    over: threading.Event = field(default_factory=threading.Event)

    def draws(self) -> list[int]:
        return [draw for visitor in self.visitors for draw in visitor.seen.draws]

    def paid(self) -> list[str]:
        return [order_no for visitor in self.visitors for order_no in visitor.seen.paid]

    def asking(self) -> int:
        """Return how many wait for the answer to a draw right now."""
        return sum(visitor.is_asking for visitor in self.visitors)
