"""Who hears of what is declared once."""

from datetime import timedelta
from typing import Any

import pytest

from blindbox.common import events
from blindbox.common.events import Event


class DoorOpened(Event):
    topic = "test.door_opened"


@pytest.fixture(autouse=True)
def _nobody_subscribes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_subscriptions", {})


def hear(event: DoorOpened, *, now: Any) -> None:
    """Do nothing."""


def test_subscribers_are_known_by_topic_and_name():
    events.subscribe(DoorOpened, name="a", delay=timedelta(minutes=1))(hear)
    events.subscribe_external(DoorOpened, name="b")(hear)
    found = events.subscribers("test.door_opened")
    assert [(each.name, each.external, each.delay) for each in found.values()] == [
        ("a", False, timedelta(minutes=1)),
        ("b", True, timedelta()),
    ]
    assert events.subscribers("test.nothing") == {}


def test_a_name_is_taken_once():
    events.subscribe(DoorOpened, name="a")(hear)
    events.subscribe(DoorOpened, name="a")(hear)  # the same module imported again
    with pytest.raises(ValueError, match="a already subscribes"):
        events.subscribe(DoorOpened, name="a")(lambda event, *, now: None)


def test_a_topic_belongs_to_one_event():
    with pytest.raises(TypeError, match="test.door_opened"):
        type("OtherDoor", (Event,), {"topic": "test.door_opened"})


def test_the_payload_is_what_the_event_was_made_of():
    event = DoorOpened(key="7")
    assert event.payload() == {"key": "7"}
    assert DoorOpened(**event.payload()) == event
