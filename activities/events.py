"""Facts that this app publishes."""

from dataclasses import dataclass
from typing import ClassVar

from blindbox.common.events import Event


@dataclass(frozen=True, kw_only=True)
class DrawSettled(Event):
    """A paid batch has its results."""

    topic: ClassVar[str] = "activities.draw_settled"
    label: ClassVar[str] = "已开奖"
    about: ClassVar[str] = "批次"
    batch_id: int


@dataclass(frozen=True, kw_only=True)
class PrizesWon(Event):
    """A batch of the generic tool won something that is still to be delivered."""

    topic: ClassVar[str] = "activities.prizes_won"
    label: ClassVar[str] = "通用抽奖中奖"
    about: ClassVar[str] = "批次"
    batch_id: int


@dataclass(frozen=True, kw_only=True)
class IssueExhausted(Event):
    """The last ticket of a box is sold; it can close and reveal its secret."""

    topic: ClassVar[str] = "activities.issue_exhausted"
    label: ClassVar[str] = "一期售罄"
    about: ClassVar[str] = "期次"
    issue_id: int


@dataclass(frozen=True, kw_only=True)
class PrizeDue(Event):
    """A prize was won that another part of the shop hands out; named by where it came from."""

    topic: ClassVar[str] = "activities.prize_due"
    label: ClassVar[str] = "奖品待发放"
    about: ClassVar[str] = "来源"
    source: str
    source_id: int
    source_part: int


@dataclass(frozen=True, kw_only=True)
class DrawsRefunded(Event):
    """Staff took everything back that a settled batch had brought."""

    topic: ClassVar[str] = "activities.draws_refunded"
    label: ClassVar[str] = "抽奖已退款"
    about: ClassVar[str] = "批次"
    batch_id: int
