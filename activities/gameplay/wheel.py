"""转盘 and 九宫格: published odds, and the place at which the client lets the pointer stop."""

from collections.abc import Mapping, Sequence
from typing import Any

from activities.gameplay.base import InvalidConfig, Prize, Problem, Terms, register
from activities.gameplay.by_odds import ByOdds

WHEEL, GRID = "wheel", "grid"
GRID_SEGMENTS = 8  # nine fields, of which the middle one is the button
FEWEST, MOST = 2, 24


@register
class Wheel(ByOdds):
    """Each reward fills one segment, in the order of the terms; its number counts from 0."""

    kind, label = "wheel", "转盘"

    def parse_config(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        rest = dict(raw)
        layout = rest.pop("layout", WHEEL)
        if layout not in (WHEEL, GRID):
            raise InvalidConfig(f"layout（样式）必须是 {WHEEL}（转盘）或 {GRID}（九宫格）")
        own = {"layout": layout}
        if layout == GRID or "segments" in rest:
            own["segments"] = _segments(layout, rest.pop("segments", GRID_SEGMENTS))
        return {**super().parse_config(rest), **own}

    def problems(self, prizes: Sequence[Prize], config: Mapping[str, Any]) -> list[Problem]:
        found = super().problems(prizes, config)
        segments = config.get("segments", len(prizes))
        if len(prizes) != segments:
            found.append(Problem(f"一格一种奖品：共 {segments} 格，现有 {len(prizes)} 种奖品"))
        elif not FEWEST <= segments <= MOST:
            found.append(Problem(f"转盘要有 {FEWEST} 到 {MOST} 种奖品，现有 {segments} 种"))
        return found

    def prize_index(self, promised: Terms, reward_id: int) -> int | None:
        return [prize.id for prize in promised.prizes].index(reward_id)


def _segments(layout: str, raw: Any) -> int:
    if type(raw) is not int or not FEWEST <= raw <= MOST:
        raise InvalidConfig(f"segments（格数）必须是 {FEWEST} 到 {MOST} 的整数")
    if layout == GRID and raw != GRID_SEGMENTS:
        raise InvalidConfig(f"九宫格的 segments（格数）只能是 {GRID_SEGMENTS}：中间一格是按钮")
    return raw
