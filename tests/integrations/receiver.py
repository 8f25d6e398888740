"""A merchant's notification URL for tests: it keeps what arrives and answers what the test wants."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic


class _Http(ThreadingHTTPServer):
    request_queue_size = 128  # with the default of 5, a burst waits a second for its second try


@dataclass(frozen=True)
class Arrival:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Answers with the statuses of `answers`, one each, then with 204."""

    arrivals: list[Arrival] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._arrived = threading.Condition()
        self._http = _Http(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def wait_for(self, count: int, seconds: float = 5.0) -> list[Arrival]:
        """Return the arrivals as soon as there are that many."""
        until = monotonic() + seconds
        with self._arrived:
            while len(self.arrivals) < count:
                assert self._arrived.wait(until - monotonic()), f"{len(self.arrivals)} of {count} notices arrived"
            return list(self.arrivals)

    def take(self, arrival: Arrival) -> int:
        with self._arrived:
            self.arrivals.append(arrival)
            self._arrived.notify_all()
            return self.answers.pop(0) if self.answers else 204

    def reset(self) -> None:
        self.arrivals, self.answers = [], []

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def _handler(receiver) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler below has its own self
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status = receiver.take(Arrival(self.path, dict(self.headers.items()), body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        return Handler
