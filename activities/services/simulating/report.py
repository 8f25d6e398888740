"""What a simulation tells an operator: configured against simulated, cost, margin, worst case, how long it sells."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from activities import selectors
from activities.errors import IssueCannotSimulate
from activities.gameplay.base import InvalidConfig, Terms
from activities.gameplay.limits import NothingLeft
from activities.models import Issue
from activities.services import chances, terms
from activities.services.odds_lines import Line, lines_of
from activities.services.simulating import judging, rehearsals
from activities.services.simulating.judging import Judge
from activities.services.simulating.rehearsals import CannotRehearse
from activities.services.worth import costs_of, draw_price_fen, value_of_prize

RATE_DAYS = 7
MOST_DRAWS = 200_000
# what the rules raise where a draft lacks what they count on
UNPLAYABLE = (InvalidConfig, CannotRehearse, NothingLeft, ArithmeticError, LookupError, TypeError, ValueError)


@dataclass(frozen=True)
class Simulation:
    """The whole report. Money is what one draw brings on the mean, but for `worst_fen`."""

    issue: Issue
    draws: int
    seed: str
    lines: Sequence[Line]
    p_value: float | None  # None: too little is known to test
    price_fen: int | None
    cost_fen: int
    value_fen: int
    margin_fen: int | None
    worst_fen: int | None  # the lowest that the running result ever was
    worst_at: int
    dearest_fen: int  # the cost of the most expensive single draw
    total: int | None
    daily: int
    sells_out_in_days: float | None

    @property
    def boxes(self) -> int:
        """How many boxes were opened to their end."""
        return self.draws // self.total if self.total else 0

    @property
    def rest(self) -> int:
        """How many draws were made of a box that was not opened to its end."""
        return self.draws % self.total if self.total else 0

    @property
    def fits(self) -> bool | None:
        """Whether chance explains the difference between published and simulated odds; None: nobody can say."""
        return chances.fits(self.p_value)


@dataclass
class _Tally:
    """What is added up while draws go by."""

    drawn: Counter[int]
    cost: int = 0
    value: int = 0
    dearest: int = 0
    lowest: int = 0
    lowest_at: int = 0


def simulate(*, issue: Issue, draws: int, seed: str, now: datetime, daily: int | None = None) -> Simulation:
    """
    Return what that many draws of an issue give, opened or not. Reads the issue, writes nothing.

    :raises IssueCannotSimulate: if the draft cannot be played at all
    """
    try:
        return _simulated(issue, draws, seed, now, daily)
    except UNPLAYABLE as error:
        if issue.terms:  # what was opened can be played: this is a mistake of ours
            raise
        raise IssueCannotSimulate(problem=_in_words(error)) from error


def _in_words(error: Exception) -> str:
    """Return what the rules say in Chinese, else that the draft is not complete."""
    return str(error) if isinstance(error, InvalidConfig | CannotRehearse) else "奖品或玩法设置还没有填好"


def _simulated(issue: Issue, draws: int, seed: str, now: datetime, daily: int | None) -> Simulation:
    costs = costs_of(selectors.rewards_of(issue.pk))
    promised = terms.rehearsed(issue)
    price = draw_price_fen(promised)
    judge, rehearsed = judging.of(promised), rehearsals.draws_of(promised, count=draws, seed=seed)
    tally = _added_up(promised, costs, price or 0, _seen_by(judge, rehearsed))
    rate = sold_daily(issue.activity_id, now=now) if daily is None else daily
    return Simulation(
        issue=issue,
        draws=draws,
        seed=seed,
        lines=lines_of(promised.prizes, judge.odds_ppm(), tally.drawn, draws=draws, costs=costs),
        p_value=judge.p_value(),
        price_fen=price,
        cost_fen=tally.cost // draws,
        value_fen=tally.value // draws,
        margin_fen=None if price is None else price - tally.cost // draws,
        worst_fen=None if price is None else tally.lowest,
        worst_at=tally.lowest_at,
        dearest_fen=tally.dearest,
        total=promised.total,
        daily=rate,
        sells_out_in_days=promised.total / rate if promised.total and rate else None,
    )


def _seen_by(judge: Judge, draws: Iterable[rehearsals.Yield]) -> Iterator[list[int]]:
    """Return the reward ids of each draw, once its judge has seen its own result."""
    for results in draws:
        judge.see(results[0])
        yield [result.reward_id for result in results]


def _added_up(promised: Terms, costs: Mapping[int, int], price: int, draws: Iterable[Sequence[int]]) -> _Tally:
    tally, values = _Tally(Counter()), {prize.id: value_of_prize(prize) for prize in promised.prizes}
    for number, reward_ids in enumerate(draws, start=1):
        cost = sum(costs.get(reward_id, 0) for reward_id in reward_ids)
        tally.drawn.update(reward_ids)
        tally.cost += cost
        tally.value += sum(values[reward_id] for reward_id in reward_ids)
        tally.dearest = max(tally.dearest, cost)
        if number * price - tally.cost < tally.lowest:
            tally.lowest, tally.lowest_at = number * price - tally.cost, number
    return tally


def sold_daily(activity_id: int, *, now: datetime) -> int:
    """Return how many draws of an activity a day sold on the mean of the last week."""
    return selectors.drawn_since(activity_id, now - timedelta(days=RATE_DAYS)) // RATE_DAYS
