"""The one HTTP session for calls to others: always a time limit, never inside a transaction."""

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import requests
from django.db import connection

CONNECT_READ = (3.0, 5.0)


class CallInsideTransaction(RuntimeError):
    """A service called out while its transaction was open: locks would be held for as long as a stranger likes."""


def in_own_transaction() -> bool:
    """Tell whether code, and not merely the test case around it, has a transaction open."""
    return any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)


def is_loopback(url: str) -> bool:
    """Tell whether a URL names this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class GuardedSession(requests.Session):
    """
    A session that no caller can use wrongly.

    :raises CallInsideTransaction: from every call, if a transaction is open
    """

    def __init__(self, timeout: tuple[float, float] = CONNECT_READ) -> None:
        super().__init__()
        self.timeout = timeout

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        if in_own_transaction():
            raise CallInsideTransaction(f"{request.method} to {urlsplit(request.url or '').hostname}")
        kwargs["timeout"] = kwargs.get("timeout") or self.timeout
        if is_loopback(request.url or ""):
            kwargs["proxies"] = {}  # a proxy of the environment cannot reach this machine's own loopback
        return super().send(request, **kwargs)


def guarded_session(timeout: tuple[float, float] = CONNECT_READ) -> GuardedSession:
    """Return a session with (connect, read) limits in seconds that refuses to call out of a transaction."""
    return GuardedSession(timeout)
