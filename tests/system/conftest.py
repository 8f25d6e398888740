from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from blindbox.common import events
from blindbox.common.events import Event
from blindbox.system import outbox
from tests.factories.catalog import NOW


class LampLit(Event):
    topic = "test.lamp_lit"


@pytest.fixture(autouse=True)
def _only_test_subscribers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_subscriptions", {})


@pytest.fixture
def deliver() -> Callable[..., int]:
    """Deliver all that is due so many seconds after NOW; return how many messages were tried."""
    return lambda after=0, limit=100: outbox.deliver_due(clock=lambda: NOW + timedelta(seconds=after), limit=limit)


class Listener:
    """A handler that notes what it heard and raises what it is told to."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.errors: list[Exception] = []

    def __call__(self, event: LampLit, *, now: Any) -> None:
        self.heard.append(event.key)
        if self.errors:
            raise self.errors.pop(0)


@pytest.fixture
def listener() -> Listener:
    """One subscriber of LampLit, called test.listener."""
    made = Listener()
    made.__qualname__ = "listener"  # type: ignore[attr-defined]
    events.subscribe(LampLit, name="test.listener")(made)
    return made
