"""What others read of the plumbing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from blindbox.common import events
from blindbox.common.errors import NotFound
from blindbox.common.events import Event
from blindbox.common.reading import pages
from blindbox.system import configs
from blindbox.system.models import Notice, OutboxMessage


@dataclass(frozen=True)
class SettingValue:
    """A typed setting with the value that counts now."""

    key: str
    label: str
    help: str
    public: bool
    default: Any
    value: Any


def notices() -> QuerySet[Notice]:
    """Return all announcements, newest first."""
    return Notice.objects.order_by("-pk")


def live_notices(*, now: datetime) -> QuerySet[Notice]:
    """Return what members see now, the latest to start first."""
    return Notice.objects.live(now=now).order_by("-starts_at", "-pk")


def notice_or_404(notice_id: int) -> Notice:
    """:raises NotFound: if there is no such announcement"""
    notice = Notice.objects.filter(pk=notice_id).first()
    if notice is None:
        raise NotFound
    return notice


def setting_value(key: str) -> SettingValue:
    """:raises NotFound: if there is no such setting"""
    return _valued(configs.setting_or_404(key))


def setting_values(*, public_only: bool = False) -> Sequence[SettingValue]:
    """Return the settings by key, with what they are now."""
    return [_valued(setting) for setting in configs.all_settings() if setting.public or not public_only]


def _valued(setting: configs.Setting) -> SettingValue:
    return SettingValue(
        key=setting.key,
        label=setting.label,
        help=setting.help,
        public=setting.public,
        default=setting.default,
        value=configs.value_of(setting),
    )


def is_given_up(*, topic: str, key: str, subscriber: str) -> bool:
    """Tell whether an event was given up on by a subscriber."""
    return OutboxMessage.objects.given_up().filter(topic=topic, event_key=key, subscriber=subscriber).exists()


@dataclass(frozen=True)
class GivenUp:
    """An event that was given up on: what it says, why it failed, and whether a person has dealt with it since."""

    message_id: int
    payload: dict[str, Any]
    why: str
    is_set_aside: bool


def given_up(*, topic: str) -> Sequence[GivenUp]:
    """Return a topic's events that were given up on."""
    return [
        GivenUp(message.pk, message.payload, message.last_error, message.set_aside_at is not None)
        for message in OutboxMessage.objects.given_up().filter(topic=topic)
    ]


def untold(
    event: type[Event], rows: "QuerySet[Any]", *, key: str, moment: str, since: datetime
) -> Iterator[tuple[int, datetime]]:
    """
    Yield the rows that made this event true since then and of which nobody was told, as id and moment.

    :param key: the event's key with `{}` for the row's id
    """
    if not events.subscribers(event.topic):
        return
    told = OutboxMessage.objects.filter(topic=event.topic)
    for page in pages(rows.filter(**{f"{moment}__gte": since}), moment):
        keys = {key.format(pk): (pk, at) for pk, at in page}
        known = set(told.filter(event_key__in=keys).values_list("event_key", flat=True))
        yield from (keys[name] for name in keys.keys() - known)
