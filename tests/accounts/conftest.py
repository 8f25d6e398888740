"""An offline WeChat to log in with, and ways to say what was refused."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from blindbox.integrations.wechat.sandbox import SandboxServer


@pytest.fixture(scope="session")
def _sandbox(tmp_path_factory) -> Iterator[SandboxServer]:
    server = SandboxServer(tmp_path_factory.mktemp("accounts-sandbox"), notify_scale=0.01).start()
    yield server
    server.stop()


@pytest.fixture
def wechat(_sandbox, settings) -> Iterator[SandboxServer]:
    """A running sandbox that blindbox's settings point at; the code `dev:<name>` is that person's."""
    for name, value in _sandbox.settings.items():
        setattr(settings, name, value)
    _sandbox.log.clear()
    yield _sandbox
    _sandbox.faults.clear()


@pytest.fixture
def log_in(wechat, anonymous) -> Callable[..., dict[str, Any]]:
    """Log a person in over HTTP and return the answer: log_in("小明", invite_code="…")."""

    def enter(name: str, **body: Any) -> dict[str, Any]:
        answer = anonymous.post("/api/app/users/weixin/login", {"js_code": f"dev:{name}", **body})
        assert answer.status_code == 200, answer.json()
        return answer.json()

    return enter
