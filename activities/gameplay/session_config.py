"""What an operator may set for a draw of the generic tool, read once and published with the terms."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from activities.gameplay import values
from activities.gameplay.base import InvalidConfig
from activities.gameplay.occurrences import minutes
from activities.gameplay.session_table import DYNAMIC, STATIC

MOST_TIMES = 1_000_000
MOST_WEIGHT = 10**9
ACTIVITY, SESSION = "activity", "session"  # what counts a member's draws


def whole(most: int) -> Callable[[Any, str], int]:
    """Return a check for a whole number from 0."""
    return partial(values.whole, least=0, most=most)


def one_of(*words: str) -> Callable[[Any, str], str]:
    """Return a check for one of these words."""

    def check(value: Any, name: str) -> str:
        if value not in words:
            raise InvalidConfig(f"{name} 必须是 {' 或 '.join(words)}")
        return str(value)

    return check


def daily(value: Any, name: str) -> dict[str, str] | None:
    """Return a daily window as it is published; None is the whole range."""
    if value is None:
        return None
    if not isinstance(value, dict) or set(value) != {"from", "to"}:
        raise InvalidConfig(f"{name}（每天的时段）必须有 from（从）和 to（到），例如 10:00 和 11:00")
    try:
        opens, _ = (minutes(str(value[end])) for end in ("from", "to"))
    except ValueError as error:
        raise InvalidConfig(
            f"{name}（每天的时段）的时间 {error} 不是一天中的时间，例如 09:30，一天的结尾写 24:00"
        ) from error
    if opens == minutes("24:00"):
        raise InvalidConfig(f"{name}（每天的时段）的 from（从）不能是 24:00，请写 00:00")
    return {"from": value["from"], "to": value["to"]}


Check = Callable[[Any, str], Any]
ENTRIES: dict[str, tuple[Any, Check]] = {
    "probability": (STATIC, one_of(STATIC, DYNAMIC)),
    "times_limit": (0, whole(MOST_TIMES)),
    "session_times_limit": (0, whole(MOST_TIMES)),
    "empty_weight": (0, whole(MOST_WEIGHT)),
    "daily": (None, daily),
}


def parse(raw: Mapping[str, Any], entries: Mapping[str, tuple[Any, Check]]) -> dict[str, Any]:
    """
    Return every entry, those that are not given with their default.

    :raises InvalidConfig: naming the entry and why
    """
    unknown = sorted(set(raw) - set(entries))
    if unknown:
        raise InvalidConfig(f"本玩法没有配置项：{'、'.join(unknown)}")
    return {name: check(raw.get(name, default), name) for name, (default, check) in entries.items()}


def merged(activity: Mapping[str, Any], issue: Mapping[str, Any]) -> dict[str, Any]:
    """Return what holds for a session: a limit that it sets is its own, beside the activity's."""
    own = dict(issue)
    if "times_limit" in own:
        own["session_times_limit"] = own.pop("times_limit")
    return {**activity, **own}
