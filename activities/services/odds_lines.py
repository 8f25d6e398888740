"""Published against met odds, a line a reward."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from activities.gameplay.base import Prize
from blindbox.common.money import PPM


@dataclass(frozen=True)
class Line:
    """A reward: how often it was to come, how often it came, in ppm of the draws."""

    prize: Prize
    cost_fen: int
    odds_ppm: int
    drawn: int
    share_ppm: int


def lines_of(
    prizes: Sequence[Prize], odds: Mapping[int, int], drawn: Mapping[int, int], *, draws: int, costs: Mapping[int, int]
) -> list[Line]:
    """Return a line for each prize, in the order of the terms."""
    return [
        Line(
            prize,
            costs.get(prize.id, 0),
            odds.get(prize.id, 0),
            drawn.get(prize.id, 0),
            drawn.get(prize.id, 0) * PPM // draws if draws else 0,
        )
        for prize in prizes
    ]


def lines(found: Sequence[Line]) -> list[dict[str, Any]]:
    """Return what everybody may know."""
    return [_line(each) for each in found]


def costed_lines(found: Sequence[Line]) -> list[dict[str, Any]]:
    """Return what the shop's own people may know."""
    return [{**_line(each), "cost_fen": each.cost_fen} for each in found]


def _line(each: Line) -> dict[str, Any]:
    return {
        "reward_id": each.prize.id,
        "level": each.prize.level,
        "name": each.prize.name,
        "odds_ppm": each.odds_ppm,
        "drawn": each.drawn,
        "share_ppm": each.share_ppm,
    }
