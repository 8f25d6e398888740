"""Values of a configuration, as JSON brings them: what is not one is refused by name, in Chinese."""

from typing import Any

from activities.gameplay.base import InvalidConfig


def whole(value: Any, name: str, *, least: int, most: int) -> int:
    """
    Return a whole number within bounds; true, 1.0 and "1" are none.

    :raises InvalidConfig: naming the entry and its bounds
    """
    if type(value) is not int or not least <= value <= most:
        raise InvalidConfig(f"{_spaced(name)}必须是 {least} 到 {most} 的整数")
    return value


def flag(value: Any, name: str) -> bool:
    """:raises InvalidConfig: naming the entry, if it is neither true nor false"""
    if not isinstance(value, bool):
        raise InvalidConfig(f"{_spaced(name)}必须是 true 或 false")
    return value


def _spaced(name: str) -> str:
    """A Latin word stands apart from the Chinese after it."""
    return f"{name} " if name[-1].isascii() else name
