"""What an operator may set for a box: picking numbers, locking it, buying it out, the next issue by itself."""

from collections.abc import Callable, Mapping
from typing import Any

from activities.gameplay.base import InvalidConfig
from activities.gameplay.values import flag, whole

LOCK_SECONDS, SHORTEST_LOCK, LONGEST_LOCK = 120, 30, 600
MOST_DISCOUNT_PPM = 900_000
LARGEST_BUY_OUT = 10_000  # one transaction draws, logs and grants all of it
BUY_OUT_ENTRIES = {"discount_ppm": MOST_DISCOUNT_PPM, "after_sold_percent": 99}


def read(raw: Mapping[str, Any], *, may_pick: bool) -> dict[str, Any]:
    """
    Return the entries that say something, validated; what is absent has its default.

    :raises InvalidConfig: naming the entry and why
    """
    unknown = sorted(raw.keys() - _ENTRIES.keys())
    if unknown:
        raise InvalidConfig(f"本玩法没有配置项：{'、'.join(unknown)}")
    read_entries = {name: _ENTRIES[name](value, name) for name, value in raw.items()}
    if read_entries.get("pick_number") and not may_pick:
        raise InvalidConfig("本玩法不能选号：pick_number（选号）只能是 false（否）")
    return {name: value for name, value in read_entries.items() if value != _NOTHING.get(name)}


def _box_lock(value: Any, name: str) -> dict[str, int] | bool:
    if isinstance(value, bool):
        return {"seconds": LOCK_SECONDS} if value else False
    if not isinstance(value, dict) or set(value) != {"seconds"}:
        raise InvalidConfig(f"{name} 必须是 true、false 或 {{seconds}}")
    return {"seconds": whole(value["seconds"], f"{name}.seconds", least=SHORTEST_LOCK, most=LONGEST_LOCK)}


def _buy_out(value: Any, name: str) -> dict[str, int] | bool:
    if isinstance(value, bool):
        return value
    if not isinstance(value, dict) or set(value) - BUY_OUT_ENTRIES.keys():
        raise InvalidConfig(f"{name} 必须是 true、false 或 {{discount_ppm, after_sold_percent}}")
    return {
        entry: whole(value.get(entry, 0), f"{name}.{entry}", least=0, most=most)
        for entry, most in BUY_OUT_ENTRIES.items()
    }


_ENTRIES: dict[str, Callable[[Any, str], Any]] = {
    "pick_number": flag,
    "box_lock": _box_lock,
    "buy_out": _buy_out,
    "auto_next": flag,
}
# what an absent entry means; published terms leave it out
_NOTHING = {"pick_number": False, "box_lock": False, "buy_out": True, "auto_next": False}
