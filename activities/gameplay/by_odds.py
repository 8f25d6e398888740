"""What plays by published odds have in common: one roll a draw, a guarantee, limited prizes (docs/fairness.md)."""

from abc import ABC
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from activities.gameplay import guarantee, limits
from activities.gameplay.base import DrawContext, Gameplay, InvalidConfig, Prize, Problem, Result
from blindbox.common.fairness import PPM, pick

ON_SOLD_OUT = "on_sold_out"
PAUSE, SUBSTITUTE = "pause", "substitute"


class ByOdds(Gameplay, ABC):
    """
    A roll below a million meets the first reward whose cumulated odds lie above it. Where a guarantee is due and the
    roll misses it, a second stream decides among its prizes; what ran out gives way to its declared substitute.
    """

    algorithm = "weighted/1"
    reward_columns: ClassVar[Sequence[str]] = ("odds_ppm", "quantity", "substitute")

    def parse_config(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        rest: dict[str, Any] = dict(raw)
        own: dict[str, Any] = {}
        if guarantee.KEY in rest:
            own[guarantee.KEY] = guarantee.parse(rest.pop(guarantee.KEY))
        if ON_SOLD_OUT in rest:
            own[ON_SOLD_OUT] = rest.pop(ON_SOLD_OUT)
            if own[ON_SOLD_OUT] not in (PAUSE, SUBSTITUTE):
                raise InvalidConfig(
                    f"{ON_SOLD_OUT}（限量奖品发完时）必须是 {PAUSE}（暂停销售）或 {SUBSTITUTE}（换成替换奖品）"
                )
        return {**super().parse_config(rest), **own}

    def problems(self, prizes: Sequence[Prize], config: Mapping[str, Any]) -> list[Problem]:
        found = [Problem(f"「{p.level} {p.name}」要填大于 0 的概率") for p in prizes if not p.odds_ppm]
        found += [Problem(f"「{p.level} {p.name}」只能是普通位置") for p in prizes if p.position != "ticket"]
        total = sum(p.odds_ppm or 0 for p in prizes)
        if total != PPM:
            found.append(Problem(f"概率合计 {total / 10_000:.4f}%，应为 100%"))
        return found + _sold_out_problems(prizes, config) + guarantee.problems(config, prizes)

    def overall_ppm(self, prizes: Sequence[Prize], config: Mapping[str, Any]) -> Mapping[int, int]:
        rule = guarantee.of(config)
        return rule.overall_ppm(prizes) if rule else {prize.id: prize.odds_ppm or 0 for prize in prizes}

    def progresses(self, config: Mapping[str, Any]) -> bool:
        return guarantee.of(config) is not None

    def draw(self, context: DrawContext) -> list[Result]:
        run = _Run(context)
        return [run.next(index) for index in range(len(context.rolls))]


def _sold_out_problems(prizes: Sequence[Prize], config: Mapping[str, Any]) -> list[Problem]:
    found = limits.problems(prizes)
    if config.get(ON_SOLD_OUT, PAUSE) == SUBSTITUTE:
        bare = limits.bounding(prizes)
        return found + [Problem(f"「{p.level} {p.name}」限量，要选售罄后替换的奖品") for p in bare]
    declared = [p for p in prizes if p.substitute_id is not None]
    return found + [Problem(f"「{p.level} {p.name}」售罄即暂停销售，不填替换奖品") for p in declared]


class _Run:
    """The draws of a batch one after the other: what a draw leaves behind, the next one meets."""

    def __init__(self, context: DrawContext) -> None:
        self._context, self._terms = context, context.terms
        self._table = [(prize.id, prize.odds_ppm or 0) for prize in self._terms.prizes]
        self._rule = guarantee.of(self._terms.config)
        self._misses = context.misses
        self._left = dict(context.facts.get(limits.LEFT, {}))

    def next(self, index: int) -> Result:
        detail: dict[str, int] = {}
        roll = self._context.rolls[index]
        won = self._guaranteed(index, pick(self._table, roll), detail)
        given = self._available(won, detail)
        self._count(given, detail)
        sale_no = self._context.positions[index] if self._context.positions else None
        return Result(given, sale_no=sale_no, roll=roll, detail=detail or None)

    def _guaranteed(self, index: int, won: int, detail: dict[str, int]) -> int:
        """Return what the draw yields once the guarantee had its say; the roll itself stays as it was."""
        if self._rule is None:
            return won
        detail["guarantee_before"] = self._misses
        if not self._rule.is_due(self._misses) or self._rule.meets(self._terms.prize_by_id[won]):
            return won
        table = self._rule.table(self._terms.prizes)
        detail["guarantee_roll"] = self._context.streams[index].below(sum(ppm for _, ppm in table))
        return pick(table, detail["guarantee_roll"])

    def _available(self, won: int, detail: dict[str, int]) -> int:
        """Return what is given where this prize was won, and take it off the shelf."""
        given, gone = limits.available(won, self._left, self._terms.prize_by_id)
        if gone:
            detail["substituted_for"] = won
        if given in self._left:
            self._left[given] -= 1
        return given

    def _count(self, given: int, detail: dict[str, int]) -> None:
        if self._rule is not None:
            self._misses = self._rule.after(self._misses, self._terms.prize_by_id[given])
            detail["guarantee_after"] = self._misses
