"""Ask a running server, and say in Chinese what went wrong if it does not answer as it should."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPException
from typing import Any, TypeVar

ANSWER_SECONDS, PATIENCE_SECONDS, PAUSE_SECONDS = 15, 60, 0.1
Body = dict[str, Any]
Found = TypeVar("Found")


class StepFailed(Exception):
    """Why the visit ends here, in Chinese."""


def need(condition: object, why: str) -> None:
    """:raises StepFailed: if the condition does not hold"""
    if not condition:
        raise StepFailed(why)


@dataclass(frozen=True)
class Answer:
    """What a server said."""

    status: int
    body: Body
    headers: Message


@dataclass(frozen=True)
class Server:
    """A server of JSON, spoken to directly: a proxy knows nothing of this machine."""

    name: str
    url: str
    token: str = field(default="", repr=False)

    def get(self, path: str) -> Body:
        return self.ask("GET", path).body

    def post(self, path: str, body: Body, *, key: str = "") -> Body:
        return self.ask("POST", path, body, key=key).body

    def ask(self, method: str, path: str, body: Body | None = None, *, key: str = "") -> Answer:
        """:raises StepFailed: if there is no answer, or it is a refusal"""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}", "Idempotency-Key": key}
        sent = {name: value for name, value in headers.items() if value not in ("", "Bearer ")}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url.rstrip('/')}{path}", data=data, headers=sent, method=method)
        try:
            with _direct.open(request, timeout=ANSWER_SECONDS) as answer:
                return Answer(answer.status, json.load(answer), answer.headers)
        except urllib.error.HTTPError as refusal:
            raise StepFailed(f"{method} {path} 被拒绝：{refusal.code} {_words(refusal)}") from refusal
        except (OSError, HTTPException, ValueError) as error:  # nobody there, cut off in mid-answer, no JSON
            raise StepFailed(f"{self.name} {self.url} 没有正常应答（{error}）；它在运行吗？") from error


_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _words(refusal: urllib.error.HTTPError) -> str:
    """Return the code and message of our error format, or the beginning of whatever it is instead."""
    text = ""
    try:
        text = refusal.read(2000).decode(errors="replace")
        said = json.loads(text)
        return f"{said['code']} {said['message']}"
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        return text[:200]


def wait_for(look: Callable[[], Found | None], *, what: str) -> Found:
    """
    Look again and again until there is something.

    :raises StepFailed: if there is still nothing after a minute
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        need(time.monotonic() < deadline, f"等了 {PATIENCE_SECONDS} 秒，{what}")
        time.sleep(PAUSE_SECONDS)
    return found
