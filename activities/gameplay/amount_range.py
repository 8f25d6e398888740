"""按数额范围区间抽奖: a table of prizes for each range of an amount that the shop itself knows."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from activities.errors import AmountOutOfRange, AmountRefusal
from activities.gameplay import session_config
from activities.gameplay.base import Prize, Problem, register
from activities.gameplay.sessions import Entry, Node, SessionPlay
from blindbox.common.money import yuan

ORDER, POINTS = "order", "points"  # what an amount is of: fen paid for an order, or points spent


@register
class AmountRange(SessionPlay):
    """A node is the upper bound of its range, the bound itself included; the last range may be open."""

    kind, label = "amount_range", "按数额范围区间抽奖"
    type_number = 3
    node_label = "数额上限"
    reward_columns: ClassVar[Sequence[str]] = ("node", *SessionPlay.reward_columns)
    entries: ClassVar[Mapping[str, tuple[Any, session_config.Check]]] = {
        **session_config.ENTRIES,
        "amount_from": (ORDER, session_config.one_of(ORDER, POINTS)),
    }

    def admit(self, prizes: Sequence[Prize], config: Mapping[str, Any], entry: Entry) -> list[Node]:
        amount = entry.amount or 0
        bounds = [node for node in self.nodes(prizes) if node is not None]
        place = bisect_left(bounds, amount)
        if amount <= 0:
            raise AmountOutOfRange(AmountRefusal.TOO_SMALL, amount=amount)
        if place == len(bounds) and not any(prize.node is None for prize in prizes):
            raise AmountOutOfRange(AmountRefusal.TOO_LARGE, amount=amount)
        return [bounds[place] if place < len(bounds) else None] * entry.count

    def labels(self, config: Mapping[str, Any]) -> Mapping[str, str]:
        return {"node": f"{self.node_label}（{'元' if self.in_yuan(config) else '积分'}）"}

    def in_yuan(self, config: Mapping[str, Any]) -> frozenset[str]:
        return frozenset({"node"} if config.get("amount_from", ORDER) == ORDER else ())

    def node_words(self, node: Node, config: Mapping[str, Any]) -> str:
        if node is None:
            return "超过各档上限"
        return f"{yuan(node) if self.in_yuan(config) else f'{node} 积分'} 以内"

    def options(self, config: Mapping[str, Any]) -> frozenset[str]:
        return frozenset({"amount_ref"})

    def node_problems(self, prizes: Sequence[Prize]) -> list[Problem]:
        return [Problem(f"「{p.level} {p.name}」的数额上限要大于 0") for p in prizes if p.node == 0]
