"""Facts that lower layers publish and higher ones subscribe to; the outbox delivers them."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

E = TypeVar("E", bound="Event")
Handler = Callable[..., Any]

_types: dict[str, type["Event"]] = {}
_subscriptions: dict[str, dict[str, "Subscription"]] = {}


@dataclass(frozen=True, kw_only=True)
class Event:
    """
    A fact. `topic` names its kind, `key` tells one occurrence from another: a key is published once.

    Payload fields are JSON scalars; a consumer reads the rest from the tables.
    """

    topic: ClassVar[str] = ""
    label: ClassVar[str] = ""  # what operators read for the topic
    about: ClassVar[str] = ""  # and for what the key's number counts
    key: str

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        taken = _types.setdefault(cls.topic, cls)
        if (taken.__module__, taken.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"topic {cls.topic!r} belongs to {taken.__module__}.{taken.__qualname__}")

    def payload(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Subscription:
    """
    Who wants a topic. External handlers talk to the network and so run with no transaction open; those that can wait
    stand behind all others, however many there are of them.
    """

    name: str
    event: type[Event]
    handler: Handler
    external: bool
    delay: timedelta
    can_wait: bool = False
    does: str = ""  # what operators read for its name


def _register(
    event: type[E], name: str, external: bool, delay: timedelta, can_wait: bool = False, does: str = ""
) -> Callable[[Handler], Handler]:
    def decorate(handler: Handler) -> Handler:
        subscription = Subscription(name, event, handler, external, delay, can_wait, does)
        by_name = _subscriptions.setdefault(event.topic, {})
        if name in by_name and by_name[name].handler.__qualname__ != handler.__qualname__:
            raise ValueError(f"{name} already subscribes to {event.topic}")
        by_name[name] = subscription
        return handler

    return decorate


def subscribe(
    event: type[E], *, name: str, delay: timedelta = timedelta(), can_wait: bool = False, does: str = ""
) -> Callable[[Handler], Handler]:
    """Subscribe `handler(event, *, now)`, run inside the delivery's transaction."""
    return _register(event, name, False, delay, can_wait, does)


def subscribe_external(
    event: type[E], *, name: str, delay: timedelta = timedelta(), does: str = ""
) -> Callable[[Handler], Handler]:
    """
    Subscribe `handler(event, *, now)` that calls the network, run with no transaction open.

    It may return a callable, which records the result in one transaction with the delivery.
    """
    return _register(event, name, True, delay, does=does)


def external_subscribers() -> list[str]:
    """Return the names of those who talk to the network."""
    return [name for by_name in _subscriptions.values() for name, each in by_name.items() if each.external]


def patient_subscribers() -> list[str]:
    """Return the names of those who can wait."""
    return [name for by_name in _subscriptions.values() for name, each in by_name.items() if each.can_wait]


def subscribers(topic: str) -> dict[str, Subscription]:
    """Return a topic's subscriptions by name."""
    return _subscriptions.get(topic, {})


def label_of(topic: str) -> str:
    """Return what operators read for a topic: its code, where the event is gone or was given no label."""
    return getattr(_types.get(topic), "label", "") or topic


def occurrence_of(topic: str, key: str) -> str:
    """Return what operators read for a key: `batch:14` → 批次 14."""
    about = getattr(_types.get(topic), "about", "")
    number = next((part for part in key.split(":") if part.isdecimal()), key)
    return f"{about} {number}" if about else key


def doing_of(topic: str, name: str) -> str:
    """Return what operators read for a subscriber."""
    subscription = subscribers(topic).get(name)
    return (subscription.does if subscription else "") or name
