"""Which gameplay there is: every module of this package that registers one."""

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from activities import gameplay
from activities.gameplay.base import Gameplay, InvalidConfig, Terms, registered

for _module in pkgutil.iter_modules(gameplay.__path__, prefix=f"{gameplay.__name__}."):
    if _module.name != __name__:
        import_module(_module.name)


def get(kind: str) -> Gameplay:
    """:raises InvalidConfig: if there is no such gameplay"""
    play = registered().get(kind)
    if play is None:
        raise InvalidConfig(f"没有玩法 {kind}")
    return play


def kinds() -> list[str]:
    return sorted(registered())


def choices() -> list[tuple[str, str]]:
    """Return words and labels for forms."""
    return [(kind, registered()[kind].label) for kind in kinds()]


def label(kind: str) -> str:
    play = registered().get(kind)
    return play.label if play else kind


def prize_index(promised: Terms, reward_id: int) -> int | None:
    """Return the place of a reward on the client's wheel or grid; None for plays that have neither."""
    return get(promised.gameplay).prize_index(promised, reward_id)


def replay(promised: Terms, detail: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return what of a result's record a client shows step by step; None where there is nothing to show."""
    return get(promised.gameplay).replay(detail)
