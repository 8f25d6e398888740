"""What the page of an open session says beside its prizes: when it is on, and how its stock comes in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from activities.admin.drop_inline import has_plan
from activities.enums import DropStatus, IssueStatus
from activities.gameplay import occurrences
from activities.gameplay.base import Terms
from activities.models import Issue, Reward, RewardDrop, RewardStock
from activities.services import terms
from activities.services.glue import planning
from blindbox.common.adminkit import local_time


@dataclass(frozen=True)
class Supply:
    """A limited prize of a session: how much of it is there by now, and when more comes."""

    reward: Reward
    stock: RewardStock
    coming: RewardDrop | None
    on_sale: bool

    @property
    def there(self) -> int:
        """What a draw could win: nothing once the session is over."""
        return self.stock.released - self.stock.given if self.on_sale else 0

    @property
    def unreleased(self) -> int:
        return self.stock.total - self.stock.released


@dataclass(frozen=True)
class SessionCard:
    """A session as its page shows it once it was opened."""

    turn: str
    plan: Sequence[RewardDrop]
    supplies: Sequence[Supply]


def session_card_of(issue: Issue | None, *, now: datetime) -> SessionCard | None:
    """Return the card of an opened session; None for whatever else there is."""
    if issue is None or not has_plan(issue) or not issue.terms:
        return None
    plan = list(planning.plan_of(issue.pk))
    stocks = RewardStock.objects.filter(reward__issue=issue).select_related("reward").order_by("reward__sort", "pk")
    on_sale = issue.counter.status == IssueStatus.OPEN
    supplies = [Supply(stock.reward, stock, _coming(plan, stock.pk), on_sale) for stock in stocks]
    return SessionCard(_turn(issue, terms.promised_by(issue), now), plan, supplies)


def _coming(plan: Sequence[RewardDrop], reward_id: int) -> RewardDrop | None:
    waiting = (drop for drop in plan if drop.reward_id == reward_id and drop.status == DropStatus.WAIT)
    return next(waiting, None)


def _turn(issue: Issue, promised: Terms, now: datetime) -> str:
    schedule = occurrences.of_terms(promised)
    day = schedule.live_or_next(now) if issue.counter.status == IssueStatus.OPEN else None
    if day is None:
        return "已经结束"
    window, live = schedule.bounds(day), schedule.live(now) is not None
    end = "不结束" if window.end is None else local_time(window.end)
    return f"{'正在进行' if live else '下一场'}：{local_time(window.start)} 至 {end}"
