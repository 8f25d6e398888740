"""保底: after so many draws of a member without a prize of certain levels, the next yields one (docs/fairness.md)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from activities.gameplay.base import InvalidConfig, Prize, Problem
from blindbox.common.fairness import PPM
from blindbox.common.money import split

KEY = "guarantee"
MOST_WITHIN = 1000
MOST_LEVELS = 20
FINE = 1000  # parts of a ppm, so that rounding leaves a whole


@dataclass(frozen=True)
class Guarantee:
    """Within any `within` draws of a member in an issue, one at least is of these levels."""

    levels: Sequence[str]
    within: int

    def is_due(self, misses: int) -> bool:
        """Tell whether the draw after so many misses must meet it."""
        return misses + 1 >= self.within

    def meets(self, prize: Prize) -> bool:
        return prize.level in self.levels

    def after(self, misses: int, prize: Prize) -> int:
        """Return the misses in a row once this prize was given."""
        return 0 if self.meets(prize) else misses + 1

    def table(self, prizes: Sequence[Prize]) -> list[tuple[int, int]]:
        """Return the odds among its prizes: their own ppm, in the order of the terms."""
        return [(prize.id, prize.odds_ppm or 0) for prize in prizes if self.meets(prize)]

    def overall_ppm(self, prizes: Sequence[Prize]) -> dict[int, int]:
        """
        Return how often each prize comes over many draws of one member, the guaranteed ones counted.

        Between two hits lie (1 − (1 − q)^n) / q draws on the mean, with q the chance of a hit at one draw.
        """
        tier = sum(ppm for _, ppm in self.table(prizes))
        if not 0 < tier < PPM:
            return {prize.id: prize.odds_ppm or 0 for prize in prizes}
        chance = tier / PPM
        hits = chance / (1 - (1 - chance) ** self.within)
        scales = {True: hits * PPM / tier, False: (1 - hits) * PPM / (PPM - tier)}
        weights = [round((prize.odds_ppm or 0) * scales[self.meets(prize)] * FINE) for prize in prizes]
        return dict(zip((prize.id for prize in prizes), split(PPM, weights), strict=True))


@dataclass(frozen=True)
class Drawn:
    """A batch that a player drew: its first number, what each draw gave, and the player's next number when refunded."""

    first_seq: int
    prizes: Sequence[Prize]
    refund_seq: int | None = None


def misses_at(rule: Guarantee, seq: int, history: Sequence[Drawn]) -> int:
    """
    Return the draws since the last hit as they stood when the player's number `seq` was taken.

    A batch counts until it is refunded; `history` is in the order of its numbers.
    """
    misses = 0
    for batch in reversed(history):
        if batch.first_seq >= seq or (batch.refund_seq is not None and batch.refund_seq <= seq):
            continue
        for prize in reversed(batch.prizes):
            if rule.meets(prize):
                return misses
            misses += 1
    return misses


def of(config: Mapping[str, Any]) -> Guarantee | None:
    """Return the guarantee of a validated or published configuration, if it promises one."""
    stated = config.get(KEY)
    return Guarantee(tuple(stated["levels"]), stated["within"]) if stated else None


def parse(raw: Any) -> dict[str, Any]:
    """:raises InvalidConfig: naming in Chinese what is wrong"""
    if not isinstance(raw, dict) or set(raw) != {"levels", "within"}:
        raise InvalidConfig("guarantee（保底）必须有 levels（保底赏级）和 within（多少抽之内），没有别的")
    levels, within = raw["levels"], raw["within"]
    if not isinstance(levels, list) or not 1 <= len(levels) <= MOST_LEVELS or not all(map(_is_level, levels)):
        raise InvalidConfig(f"guarantee.levels（保底赏级）必须是赏级的列表，1 到 {MOST_LEVELS} 个")
    if len(set(levels)) != len(levels):
        raise InvalidConfig("guarantee.levels（保底赏级）有重复的赏级")
    if type(within) is not int or not 2 <= within <= MOST_WITHIN:
        raise InvalidConfig(f"guarantee.within（多少抽之内）必须是 2 到 {MOST_WITHIN} 的整数")
    return {"levels": list(levels), "within": within}


def _is_level(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value.strip()) == len(value) <= 16


def problems(config: Mapping[str, Any], prizes: Sequence[Prize]) -> list[Problem]:
    """Return why these prizes cannot keep the promise."""
    rule = of(config)
    if rule is None:
        return []
    missing = [level for level in rule.levels if level not in {prize.level for prize in prizes}]
    found = [Problem(f"保底赏级「{level}」没有对应的奖品") for level in missing]
    if prizes and all(rule.meets(prize) for prize in prizes):
        found.append(Problem("保底包含了全部赏级，等于没有保底"))
    return found + [Problem(text) for text in _leaving(rule, prizes)]


def _leaving(rule: Guarantee, prizes: Sequence[Prize]) -> list[str]:
    """Return the guaranteed prizes whose substitute is of another level: the promise would not be kept."""
    by_id = {prize.id: prize for prize in prizes}
    pairs = [(prize, by_id.get(prize.substitute_id)) for prize in prizes if prize.substitute_id is not None]
    return [
        f"「{prize.level} {prize.name}」属于保底赏级，替换奖品也必须属于保底赏级"
        for prize, substitute in pairs
        if substitute is not None and rule.meets(prize) and not rule.meets(substitute)
    ]
