"""Load over keep-alive sockets, one process a connection: the generator must not be what is measured."""

import json
import multiprocessing as mp
import secrets
import socket
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from resource import RUSAGE_SELF, getrusage
from typing import Any

from tests.benchmarks.shop import Box, Buyer

Work = Callable[[int], str]


@dataclass
class Cell:
    """What one load measured: seconds of each answer by its code, and the generator's CPU."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    generator_cpu: float = 0.0

    @property
    def done(self) -> int:
        return self.codes["ok"]

    def percentile(self, share: float) -> float:
        """Return milliseconds; NaN if nothing was answered."""
        ranked = sorted(self.latencies)
        return ranked[min(len(ranked) - 1, int(len(ranked) * share))] * 1000 if ranked else float("nan")


def run(make_work: Callable[[int], Work], *, connections: int, seconds: float) -> Cell:
    """Run one worker process a connection until the time is over, and add their measures up."""
    queue: mp.Queue[tuple[list[float], Counter[str], float]] = mp.Queue()
    start = mp.Event()
    workers = [
        mp.Process(target=_worker, args=(make_work, index, start, seconds, queue), daemon=True)
        for index in range(connections)
    ]
    for worker in workers:
        worker.start()
    time.sleep(0.3)  # every process has forked and connected; nothing depends on it but fairness of the start
    began = time.perf_counter()
    start.set()
    cell = Cell()
    for _ in workers:
        latencies, codes, cpu = queue.get()
        cell.latencies += latencies
        cell.codes += codes
        cell.generator_cpu += cpu
    cell.seconds = time.perf_counter() - began
    for worker in workers:
        worker.join()
    return cell


def _worker(make_work: Callable[[int], Work], index: int, start: Any, seconds: float, queue: Any) -> None:
    work, latencies, codes = make_work(index), [], Counter[str]()
    start.wait()
    cpu, until = _cpu(), time.perf_counter() + seconds
    while (began := time.perf_counter()) < until:
        codes[work(index)] += 1
        latencies.append(time.perf_counter() - began)
    queue.put((latencies, codes, _cpu() - cpu))


def _cpu() -> float:
    used = getrusage(RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Client:
    """The smallest HTTP client that keeps a connection alive."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def post(self, path: str, token: str, key: str, body: bytes) -> tuple[int, bytes]:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nIdempotency-Key: {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.socket.sendall(head.encode() + body)
        return self._answer()

    def _answer(self) -> tuple[int, bytes]:
        while b"\r\n\r\n" not in self.rest:
            self.rest += self._more()
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        while len(self.rest) < length:
            self.rest += self._more()
        body, self.rest = self.rest[:length], self.rest[length:]
        return int(head[9:12]), body

    def _more(self) -> bytes:
        received = self.socket.recv(65536)
        if not received:
            raise ConnectionError("the server closed the connection")
        return received


def draws(port: int, box: Box, buyers: Sequence[Buyer], count: int) -> Callable[[int], Work]:
    """Return what makes each connection buy draws by points, a fresh key each time."""
    path = f"/api/app/activities/{box.activity_id}/issues/{box.issue_id}/draws"
    body = json.dumps({"count": count, "pay_with": "points", "client_nonce": "benchmark"}).encode()

    def make(index: int) -> Work:
        client, buyer = Client(port), buyers[index % len(buyers)]

        def buy(_index: int) -> str:
            status, answer = client.post(path, buyer.token, secrets.token_hex(12), body)
            return "ok" if status == 201 else json.loads(answer)["code"]

        return buy

    return make
