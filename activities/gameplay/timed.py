"""按时间抽奖: many sessions, one table of prizes for each; whoever comes while a session is on may draw."""

from collections.abc import Mapping, Sequence
from typing import Any

from activities.gameplay.base import Prize, Problem, register
from activities.gameplay.sessions import Entry, Node, SessionPlay


@register
class Timed(SessionPlay):
    """No nodes: the whole session is one table."""

    kind, label = "timed", "按时间抽奖"
    type_number = 1

    def admit(self, prizes: Sequence[Prize], config: Mapping[str, Any], entry: Entry) -> list[Node]:
        return [None] * entry.count

    def node_problems(self, prizes: Sequence[Prize]) -> list[Problem]:
        return [Problem(f"「{p.level} {p.name}」按时间抽奖不填节点") for p in prizes if p.node is not None]
