"""按抽奖次数抽奖: a table of prizes for a member's first draw, another for the second, and so on."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from activities.errors import LevelsDone, PassDoesNotFit
from activities.gameplay import session_config, values
from activities.gameplay.base import Prize, Problem, register
from activities.gameplay.session_config import ACTIVITY, SESSION
from activities.gameplay.sessions import Entry, Node, SessionPlay


@register
class NthDraw(SessionPlay):
    """The n-th draw is at node n, counted in the occurrence or over the activity; a level game also needs its pass."""

    kind, label = "nth_draw", "按抽奖次数抽奖"
    type_number = 2
    node_label = "第几次"
    reward_columns: ClassVar[Sequence[str]] = ("node", *SessionPlay.reward_columns)
    entries: ClassVar[Mapping[str, tuple[Any, session_config.Check]]] = {
        **session_config.ENTRIES,
        "count_within": (SESSION, session_config.one_of(SESSION, ACTIVITY)),
        "needs_pass": (False, values.flag),
    }

    def admit(self, prizes: Sequence[Prize], config: Mapping[str, Any], entry: Entry) -> list[Node]:
        nodes: list[Node] = [*range(entry.earlier + 1, entry.earlier + entry.count + 1)]
        if entry.earlier + entry.count > max(prize.node or 0 for prize in prizes):
            raise LevelsDone
        if config["needs_pass"] and nodes != [entry.passed]:
            raise PassDoesNotFit(level=entry.earlier + 1)
        return nodes

    def node_words(self, node: Node, config: Mapping[str, Any]) -> str:
        return "" if node is None else f"第 {node} 次"

    def options(self, config: Mapping[str, Any]) -> frozenset[str]:
        return frozenset({"pass"} if config["needs_pass"] else ())

    def progresses(self, config: Mapping[str, Any]) -> bool:
        return True

    def counted_by(self, config: Mapping[str, Any]) -> str:
        return str(config["count_within"])

    def node_problems(self, prizes: Sequence[Prize]) -> list[Problem]:
        levels = sorted({prize.node for prize in prizes if prize.node is not None})
        if levels != list(range(1, len(levels) + 1)) or any(prize.node is None for prize in prizes):
            return [Problem(f"「第几次」要从 1 起连续，现为 {'、'.join(map(str, levels)) or '空'}")]
        return []
