"""
The generic draw tool (通用抽奖): sessions, a table of prizes for each node, stock that is released over time.

A template method. Every type finds its session, counts, narrows, draws and takes stock in the same way; two hooks tell
them apart: `admit`, the checks of the type, which say at which node each draw is, and `prizes_at`, which narrows a
session's prizes to a node.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from activities.gameplay import session_config
from activities.gameplay.base import DrawContext, Gameplay, Prize, Problem, Result
from activities.gameplay.session_config import ACTIVITY, SESSION
from activities.gameplay.session_problems import problems_of
from activities.gameplay.session_table import NOTHING, STATIC, Hit, Table, everything, may_be_empty, shares, table

__all__ = ["ACTIVITY", "SESSION", "Entry", "Node", "SessionPlay", "Step"]

Node = int | None


@dataclass(frozen=True)
class Entry:
    """What a member comes with: how often they drew before, and what proves the amount or the level."""

    count: int
    earlier: int  # draws before these, as `counted_by` counts them
    amount: int | None = None
    passed: Node = None  # the level that a one-time pass names
    choice: str = ""  # what the purchase chose, of what the play's `choices` offers


@dataclass(frozen=True)
class Step:
    """One draw of a batch: the version of the scope that is its own, and its node."""

    version: int
    node: Node


class SessionPlay(Gameplay):
    """The part that all types share."""

    algorithm = "s3/1"
    may_be_free = True
    reward_columns: ClassVar[Sequence[str]] = ("quantity", "odds_ppm", "weight", "is_fallback")
    type_number: ClassVar[int] = 0  # as the requirement's interface names the type; 0: it is none of its three
    node_label: ClassVar[str] = ""  # what a reward's node means to an operator
    entries: ClassVar[Mapping[str, tuple[Any, session_config.Check]]] = session_config.ENTRIES

    @abstractmethod
    def admit(self, prizes: Sequence[Prize], config: Mapping[str, Any], entry: Entry) -> list[Node]:
        """
        Return the node of each draw.

        :raises NotAdmitted: naming why the type refuses this entry
        """

    def prizes_at(self, prizes: Sequence[Prize], node: Node) -> list[Prize]:
        """Return the prizes that a draw at this node may yield."""
        return [prize for prize in prizes if prize.node == node]

    def node_problems(self, prizes: Sequence[Prize]) -> list[Problem]:
        """Return what is wrong with the nodes of a session."""
        return []

    def counted_by(self, config: Mapping[str, Any]) -> str:
        """Return what counts the draws of a member for `Entry.earlier`: the session's occurrence or the activity."""
        return SESSION

    def draw(self, context: DrawContext) -> list[Result]:
        left = dict(context.facts["left"])
        steps: Sequence[Step] = context.facts["steps"]
        results = []
        for step, stream in zip(steps, context.streams, strict=True):
            met = self.table_at(context.terms.prizes, context.terms.config, step.node, left)
            hit = met.draw(stream)
            results.append(_result(context.facts["occurrence"], step, met, hit))
            if hit.prize.id in left:
                left[hit.prize.id] -= 1
        return results

    def table_at(
        self, prizes: Sequence[Prize], config: Mapping[str, Any], node: Node, left: Mapping[int, int]
    ) -> Table:
        """Return what a draw at a node meets; `left` has what is there of the limited prizes."""
        probability, empty = config["probability"], config["empty_weight"]
        return table(self.prizes_at(prizes, node), left, probability=probability, empty_weight=empty)

    def shares_at_nodes(
        self, prizes: Sequence[Prize], config: Mapping[str, Any], left: Mapping[int, int]
    ) -> dict[int, int]:
        """Return the share of each prize in the draws of its node, in ppm, with what is there of the limited ones."""
        tables = [self.table_at(prizes, config, node, left) for node in self.nodes(prizes)]
        return {prize_id: share for each in tables for prize_id, share in shares(each).items()}

    def overall_ppm(self, prizes: Sequence[Prize], config: Mapping[str, Any]) -> Mapping[int, int]:
        """Return each prize's share of all draws if every node is met as often as any other, everything in stock."""
        nodes = len(self.nodes(prizes)) or 1
        at_nodes = self.shares_at_nodes(prizes, config, everything(prizes))
        return {prize_id: share // nodes for prize_id, share in at_nodes.items()}

    def nodes(self, prizes: Sequence[Prize]) -> list[Node]:
        """Return every node that has prizes, in order; the open one last."""
        listed = {prize.node for prize in prizes}
        return [*sorted(node for node in listed if node is not None), *([None] if None in listed else [])]

    def columns(self, config: Mapping[str, Any]) -> Sequence[str]:
        idle = "weight" if config["probability"] == STATIC else "odds_ppm"
        return [name for name in self.reward_columns if name != idle]

    def labels(self, config: Mapping[str, Any]) -> Mapping[str, str]:
        return {"node": self.node_label} if self.node_label else {}

    def problems(self, prizes: Sequence[Prize], config: Mapping[str, Any]) -> list[Problem]:
        found = problems_of(prizes, config, self.node_words)
        return [*found, *self.node_problems(prizes)]

    def implied(self, prizes: Sequence[Prize], config: Mapping[str, Any]) -> list[Prize]:
        """Return the empty prize of each node that may yield nothing and has none."""
        probability, empty = config["probability"], config["empty_weight"]
        lacking = (
            node
            for node in self.nodes(prizes)
            if may_be_empty(mine := self.prizes_at(prizes, node), probability=probability, empty_weight=empty)
            and not any(prize.kind == NOTHING for prize in mine)
        )
        numbered = enumerate(lacking, start=1)  # opening gives each its own number
        return [_empty_prize(-number, node) for number, node in numbered]

    def parse_config(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        return session_config.parse(raw, self.entries)

    def merged_config(self, activity: Mapping[str, Any], issue: Mapping[str, Any]) -> dict[str, Any]:
        return session_config.merged(activity, issue)


def _result(occurrence: str, step: Step, met: Table, hit: Hit) -> Result:
    """Return the line with all that recomputes it: where it stood, what was left, what that weighed."""
    detail = {
        "occurrence": occurrence,
        "version": step.version,
        "node": step.node,
        "rewards": [prize.id for prize in met.prizes],
        "q": list(met.left),
        "w": list(met.weights),
        "e": met.empty,
        "roll": hit.roll,
    }
    return Result(hit.prize.id, roll=hit.roll, detail=detail)


def _empty_prize(number: int, node: int | None) -> Prize:
    return Prize(number, "空奖", "未中奖", NOTHING, "ticket", quantity=None, odds_ppm=None, node=node)
