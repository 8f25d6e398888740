"""
爬塔: a climb of up to nine levels, each with its own chance. How high to climb is chosen before the climb.

One draw is one climb. Whoever gets as high as they chose wins that level's prize. Whoever falls wins the prize of the
highest guaranteed level below, at least that of the ground, so nobody ever wins nothing. What a climb to each level may
bring is published as a table of its own, so that one roll decides the whole climb and anybody can look it up.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from activities.gameplay import session_config
from activities.gameplay.base import Prize, Problem, register
from activities.gameplay.session_table import NOTHING, STATIC, Table
from activities.gameplay.sessions import Entry, Node, SessionPlay
from blindbox.common.money import PPM, split

GROUND, HIGHEST = 0, 9
TABLES = "tables"  # in the terms: what a climb to each level may bring, in ppm


@register
class Tower(SessionPlay):
    """A reward's node is its level, its odds the chance to get there from the level below; a fallback is guaranteed."""

    kind, label = "tower", "爬塔"
    offered = False
    odds_follow = True
    reward_columns: ClassVar[Sequence[str]] = ("node", "odds_ppm", "is_fallback")
    entries: ClassVar[Mapping[str, tuple[Any, session_config.Check]]] = {
        **session_config.ENTRIES,
        "probability": (STATIC, session_config.one_of(STATIC)),
        "empty_weight": (0, session_config.whole(0)),
    }

    def labels(self, config: Mapping[str, Any]) -> Mapping[str, str]:
        return {"node": "第几层", "odds_ppm": "这一层的成功率", "is_fallback": "保底层"}

    def problems(self, prizes: Sequence[Prize], config: Mapping[str, Any]) -> list[Problem]:
        found = [text for prize in prizes for text in _of_prize(prize)] or list(_of_tower(prizes))
        if not (config["times_limit"] or config["session_times_limit"]):
            found.append("爬塔免费参加，要限制每人的次数")
        return [Problem(text) for text in found]

    def worth_problems(self, prizes: Sequence[Prize], *, price_fen: int) -> list[Problem]:
        return [Problem("爬塔只能免费参加，请去掉价格")] if price_fen else []

    def publish(self, prizes: Sequence[Prize], config: Mapping[str, Any]) -> tuple[Sequence[Prize], Mapping[str, Any]]:
        if self.problems(prizes, config):
            return prizes, config
        return prizes, {**config, TABLES: {str(level): climb(prizes, level) for level in _levels(prizes)}}

    def implied(self, prizes: Sequence[Prize], config: Mapping[str, Any]) -> list[Prize]:
        return []

    def nodes(self, prizes: Sequence[Prize]) -> list[Node]:
        return [*_levels(prizes)]

    def options(self, config: Mapping[str, Any]) -> frozenset[str]:
        return frozenset({"choice"})

    def choices(self, config: Mapping[str, Any]) -> Sequence[str]:
        return sorted(config.get(TABLES, {}), reverse=True)

    def admit(self, prizes: Sequence[Prize], config: Mapping[str, Any], entry: Entry) -> list[Node]:
        return [int(entry.choice)] * entry.count

    def table_at(
        self, prizes: Sequence[Prize], config: Mapping[str, Any], node: Node, left: Mapping[int, int]
    ) -> Table:
        by_id, lines = {prize.id: prize for prize in prizes}, config[TABLES][str(node)]
        won, odds = [by_id[prize_id] for prize_id, _ in lines], [ppm for _, ppm in lines]
        return Table(won, [None] * len(won), odds, odds, 0, None)

    def shares_at_nodes(
        self, prizes: Sequence[Prize], config: Mapping[str, Any], left: Mapping[int, int]
    ) -> dict[int, int]:
        """Return the share of each prize in climbs to its own level, that of the ground in climbs to the top."""
        top = self.choices(config)[0]
        return {prize.id: dict(config[TABLES][str(prize.node or top)]).get(prize.id, 0) for prize in prizes}

    def overall_ppm(self, prizes: Sequence[Prize], config: Mapping[str, Any]) -> Mapping[int, int]:
        """Return each prize's share of all climbs if every level is chosen as often as any other."""
        tables = config.get(TABLES, {})
        brought: Counter[int] = Counter({prize.id: 0 for prize in prizes})
        for table in tables.values():
            brought.update(dict(table))
        return {prize_id: ppm // (len(tables) or 1) for prize_id, ppm in brought.items()}


def _levels(prizes: Sequence[Prize]) -> list[int]:
    return sorted({prize.node for prize in prizes if prize.node})


def climb(prizes: Sequence[Prize], level: int) -> list[tuple[int, int]]:
    """Return what a climb to a level brings, rewards and their ppm: exact, then rounded so that it is a whole."""
    at = {prize.node: prize for prize in prizes}
    brings: Counter[int] = Counter({prize.id: 0 for prize in prizes})
    held, still_up = at[GROUND], 1
    for step in range(1, level + 1):
        chance, rest = at[step].odds_ppm or 0, PPM ** (level - step)
        brings[held.id] += still_up * (PPM - chance) * rest
        still_up *= chance
        held = at[step] if at[step].is_fallback else held
    brings[at[level].id] += still_up
    shares = zip(brings, split(PPM, [*brings.values()]), strict=True)
    return [(prize_id, ppm) for prize_id, ppm in shares if ppm]


def _of_prize(prize: Prize) -> Iterator[str]:
    name = f"「{prize.level} {prize.name}」"
    if prize.kind == NOTHING:
        yield f"{name}是空奖：爬塔每一次都要有奖品"
    if prize.position != "ticket" or prize.quantity is not None or prize.substitute_id is not None:
        yield f"{name}只填第几层、成功率和是否保底：爬塔的奖品不限量"
    if prize.node is None or not GROUND <= prize.node <= HIGHEST:
        yield f"{name}要填第几层：起点是 {GROUND}，最高 {HIGHEST}"
    elif prize.node == GROUND and prize.odds_ppm not in (None, PPM):
        yield f"{name}是起点：成功率填 100%"
    elif prize.node != GROUND and not prize.odds_ppm:
        yield f"{name}要填大于 0 的成功率"


def _of_tower(prizes: Sequence[Prize]) -> Iterator[str]:
    if sum(prize.node == GROUND for prize in prizes) != 1:
        yield f"要有一个第 {GROUND} 层（起点）的奖品：一层都没爬上去的人得它"
    elif _levels(prizes) != [*range(1, len(prizes))]:
        yield "每层一个奖品，层数从 1 起连续"
    elif len(prizes) < 2:
        yield "至少要有一层"
    else:
        rare = [prize.node for prize in prizes if prize.node and prize.id not in dict(climb(prizes, prize.node))]
        yield from (f"爬到第 {level} 层的概率不到百万分之一" for level in rare)
