"""The sandbox as a server: one port on loopback, WeChat's protocols and the controls side by side."""

import json
import threading
import time
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from blindbox.integrations.wechat.sandbox.control import Control
from blindbox.integrations.wechat.sandbox.courier import Courier
from blindbox.integrations.wechat.sandbox.faults import Fault, Faults
from blindbox.integrations.wechat.sandbox.keys import ensure_keys, sandbox_folder
from blindbox.integrations.wechat.sandbox.mini_program import MiniProgram
from blindbox.integrations.wechat.sandbox.pay_api import PREFIX, PayApi
from blindbox.integrations.wechat.sandbox.payments import Payments
from blindbox.integrations.wechat.sandbox.refunds import Refunds
from blindbox.integrations.wechat.sandbox.signing import Platform
from blindbox.integrations.wechat.sandbox.store import Store
from blindbox.integrations.wechat.sandbox.wire import Answer, Request, Routes, WechatError

LOOPBACK = "127.0.0.1"
LONGEST_BODY = 1024 * 1024
NO_FAULT = Fault(path="")


class SandboxServer:
    """
    An offline WeChat over a data directory.

    `port=0` takes any free one; `notify_scale` shortens WeChat's waiting times; `refund_delay` is how many seconds,
    scaled likewise, a refund takes. `log` holds the latest calls of WeChat's protocols, as "POST /v3/…".
    """

    def __init__(
        self, data_dir: Path | str, port: int = 0, *, notify_scale: float = 1.0, refund_delay: float = 1.0
    ) -> None:
        self.log: deque[str] = deque(maxlen=1000)
        self.keys = ensure_keys(data_dir)
        self.faults = Faults()
        self._store = Store(sandbox_folder(data_dir) / "sandbox.sqlite3")
        self._platform = Platform(self.keys)
        payments = Payments(self._store, self.keys)
        refunds = Refunds(self._store, payments)
        self._courier = Courier(self._store, self._platform, refunds, self.faults, notify_scale)
        self._routes = Routes()
        MiniProgram(self._store, self.keys).add_to(self._routes)
        PayApi(
            payments,
            refunds,
            self._courier,
            self.faults,
            mch_id=self.keys.mch_id,
            refund_delay=refund_delay * notify_scale,
        ).add_to(self._routes)
        Control(payments, refunds, self._courier, self.faults, self._platform).add_to(self._routes)
        self._http = _Http((LOOPBACK, port), self)
        self._thread = threading.Thread(target=self._http.serve_forever, name="sandbox-http", daemon=True)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._http.server_address[1]}"

    @property
    def settings(self) -> dict[str, str]:
        """Return the Django settings that make blindbox talk to this server."""
        return self.keys.settings | {"WECHAT_API_BASE": self.url, "WECHAT_PAY_BASE": self.url}

    def start(self) -> "SandboxServer":
        self._courier.start()
        self._thread.start()
        return self

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._courier.stop()
        self._store.close()

    def serve(self, request: Request, fault: Fault) -> Answer:
        """Answer one request; whatever is under /v3 is verified before and signed after."""
        is_pay = request.path.startswith(PREFIX)
        if not request.path.startswith("/control"):
            self.log.append(f"{request.method} {request.path}")
        try:
            fault.refuse()
            if is_pay:
                self._platform.verify(request)
            answer = self._routes.answer(request)
        except WechatError as error:
            answer = Answer.refusal(error)
        if fault.patch:
            answer.body = json.dumps(json.loads(answer.body) | fault.patch).encode()
        if is_pay and not fault.unsigned:
            answer.headers |= self._platform.sign(answer.body)
        return answer


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], sandbox: SandboxServer) -> None:
        super().__init__(address, _Handler)
        self.sandbox = sandbox


class _Handler(BaseHTTPRequestHandler):
    server: _Http
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body leave in two writes: without it each answer waits 40 ms

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        length = min(int(self.headers.get("Content-Length") or 0), LONGEST_BODY)
        request = Request(self.command, self.path, self.headers, self.rfile.read(length))
        fault = self.server.sandbox.faults.take(request.path) or NO_FAULT
        time.sleep(fault.delay_ms / 1000)
        answer = self.server.sandbox.serve(request, fault)
        if fault.reset:
            self.close_connection = True
        else:
            self._send(answer)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: Any) -> None:
        """Stay quiet: what happened is on the page."""
