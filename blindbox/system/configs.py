"""Typed settings that operators edit: which exist, their type, default and meaning is code; values are rows."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import F

from blindbox.common.errors import Conflict, Invalid, NotFound
from blindbox.common.retry import TryAgain, in_transaction, refusing_duplicates
from blindbox.system import audit
from blindbox.system.models import Config

UNSEEN = object()
CACHE_SECONDS, KEPT_SECONDS = 25, 5  # together what another process may lag behind


class SettingChanged(Conflict):
    code, message = "config.changed", "这一项在您打开后已被修改，请重新打开本页再改"


class Group(StrEnum):
    """Under which heading an operator finds a setting, in the page's order."""

    GROWTH = "邀请与积分"
    LIMITS = "购买上限"
    SALES = "支付与订单"
    PLAY = "抽奖与玩法"
    RATES = "频率限制"
    OTHER = "其他"


@dataclass(frozen=True)
class Setting:
    """A typed setting. `check` returns why a value is refused, or None. A key in `_fen` is money in fen."""

    key: str
    label: str
    default: Any
    check: Callable[[Any], str | None]
    public: bool = False
    help: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)  # what an operator reads for each of several words
    group: Group = Group.OTHER

    @property
    def is_money(self) -> bool:
        return self.key.endswith("_fen")


_settings: dict[str, Setting] = {}
_kept: dict[str, tuple[float, Any]] = {}  # until when, and what


def define(setting: Setting) -> Setting:
    """Register a setting; its default must pass its own check."""
    problem = setting.check(setting.default)
    if problem or setting.key in _settings:
        raise ValueError(f"{setting.key}: {problem or 'defined twice'}")
    _settings[setting.key] = setting
    return setting


@dataclass(frozen=True)
class Between:
    """A check for whole numbers in a closed range."""

    least: int
    most: int

    def __call__(self, value: Any) -> str | None:
        fits = type(value) is int and self.least <= value <= self.most
        return None if fits else f"必须是 {self.least} 到 {self.most} 的整数"


def integer(*, least: int, most: int) -> Between:
    """Return a check for whole numbers in a closed range."""
    return Between(least, most)


@dataclass(frozen=True)
class OneOf:
    """A check for one of several words; a form offers them."""

    choices: tuple[str, ...]

    def __call__(self, value: Any) -> str | None:
        return None if value in self.choices else f"必须是 {'、'.join(self.choices)} 之一"


def one_of(*choices: str) -> OneOf:
    """Return a check for one of several words."""
    return OneOf(choices)


def boolean(value: Any) -> str | None:
    """Check for true or false."""
    return None if isinstance(value, bool) else "必须是 true 或 false"


def all_settings() -> Sequence[Setting]:
    """Return every defined setting, by key."""
    return [_settings[key] for key in sorted(_settings)]


def setting_or_404(key: str) -> Setting:
    """:raises NotFound: if there is no such setting"""
    if key not in _settings:
        raise NotFound
    return _settings[key]


def value_of(setting: Setting) -> Any:
    """
    Return a setting's value: the operator's or the default. Other processes see a change within 30 seconds.

    A purchase asks for ten of them: each process keeps what it asked for a moment, and does not ask the cache again.
    """
    kept = _kept.get(setting.key)
    if kept is not None and time.monotonic() < kept[0]:
        return kept[1]
    value = _shared(setting)
    _kept[setting.key] = (time.monotonic() + KEPT_SECONDS, value)
    return value


def _shared(setting: Setting) -> Any:
    cached = cache.get(_cached_as(setting))
    if cached is None:
        cached = (_stored(setting),)
        cache.set(_cached_as(setting), cached, CACHE_SECONDS)
    return cached[0]


def forget(key: str | None = None) -> None:
    """Drop what this process and the cache keep of one setting; without a key, what this process keeps of all."""
    if key is None:
        _kept.clear()
        return
    _kept.pop(key, None)
    cache.delete(_cached_as(setting_or_404(key)))


def stored_values() -> dict[str, Any]:
    """Return every setting's value by its key, whatever a cache still keeps."""
    rows = dict(Config.objects.values_list("key", "value"))
    return {each.key: _allowed(each, [rows[each.key]] if each.key in rows else []) for each in all_settings()}


def _stored(setting: Setting) -> Any:
    return _allowed(setting, Config.objects.filter(key=setting.key).values_list("value", flat=True))


def _allowed(setting: Setting, found: Iterable[Any]) -> Any:
    """Return the row's value; one that a newer release no longer allows counts as the default."""
    return next((value for value in found if setting.check(value) is None), setting.default)


def _cached_as(setting: Setting) -> str:
    return f"config:{setting.key}"


@in_transaction
def change(*, key: str, value: Any, actor: audit.Actor, now: datetime, reason: str = "", shown: Any = UNSEEN) -> None:
    """
    Set a value and log who did; `shown` is the value that the operator saw.

    :raises NotFound: if there is no such setting
    :raises Invalid: if the value is not of its type
    :raises SettingChanged: if the value is no longer the one that was shown
    """
    setting = setting_or_404(key)
    problem = setting.check(value)
    if problem:
        raise Invalid.field("value", problem)
    mine = Config.objects.filter(key=key)
    mine.update(updated_at=F("updated_at"))  # the row is ours: what is read now stays until the new value is in
    before = _stored(setting)
    if shown not in (UNSEEN, before):
        raise SettingChanged
    if not mine.update(value=value, updated_at=now):
        with refusing_duplicates(TryAgain):
            Config.objects.create(key=key, value=value, created_at=now, updated_at=now)
    audit.record(
        audit.Change("修改配置", "Config", key, setting.label, {"value": before}, {"value": value}, reason),
        actor=actor,
        now=now,
    )
    forget(key)
    transaction.on_commit(lambda: forget(key))  # again: a reader may have cached the old one
