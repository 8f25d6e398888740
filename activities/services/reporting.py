"""What an issue really gave, against what it published: for staff with money, for the public without."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache

from activities import selectors
from activities.gameplay.base import Terms
from activities.models import Issue
from activities.services import chances, frequencies, met_tables, terms
from activities.services.odds_lines import Line, lines, lines_of
from activities.services.simulating.rehearsals import odds_of
from activities.services.worth import costs_of, point_fen
from orders import selectors as orders

PUBLISHED_SECONDS = 60
_SAID = {
    True: "实际频率与公示的差异在偶然范围内。",
    False: "实际频率与公示不符，请立即核对。",
    None: "抽数太少，还不能判断；每一抽都按当时的剩余和权重逐抽复算（verify_draws）。",
}
_Judged = tuple[Mapping[int, int], float | None]  # the odds to compare with, and how likely the difference is


@dataclass(frozen=True)
class Report:
    """An issue's realised odds and result. Points count at what the shop says a point is worth."""

    issue: Issue
    draws: int
    refunded: int
    lines: Sequence[Line]
    p_value: float | None  # None: too little is known to test
    revenue_fen: int
    cost_fen: int

    @property
    def fits(self) -> bool | None:
        """Whether chance explains the difference between published and realised odds; None: nobody can say."""
        return chances.fits(self.p_value)

    @property
    def said(self) -> str:
        """What staff read of it."""
        return _SAID[self.fits]

    @property
    def profit_fen(self) -> int:
        return self.revenue_fen - self.cost_fen


def of_issue(issue: Issue) -> Report:
    """Return the report of an opened issue. Refunded draws count: they were drawn."""
    promised = terms.promised_by(issue)
    drawn = selectors.drawn_counts(issue.pk)
    costs = costs_of(selectors.rewards_of(issue.pk))
    odds, p_value = _JUDGED[promised.allocator](promised, drawn)
    own = selectors.own_draws(issue.pk)
    draws = own.count()
    lines = lines_of(promised.prizes, odds, drawn, draws=draws, costs=costs)
    return Report(
        issue=issue,
        draws=draws,
        refunded=own.filter(refunded=True).count(),
        lines=lines,
        p_value=p_value,
        revenue_fen=_revenue(issue.pk),
        cost_fen=_cost(issue.pk, costs),
    )


def published(issue: Issue) -> dict[str, Any]:
    """Return what everybody may know of an opened issue's odds, at most a minute old: it reads every draw."""
    key = f"odds-report:{issue.pk}:{issue.counter.status}"
    known: dict[str, Any] | None = cache.get(key)
    if known is None:
        found = of_issue(issue)
        known = {"issue_id": issue.pk, "draws": found.draws, "p_value": found.p_value, "fits": found.fits}
        known["rewards"] = lines(found.lines)
        cache.set(key, known, PUBLISHED_SECONDS)
    return known


def profit_of(issue_id: int) -> int:
    """Return what an opened issue brought less what it cost, in fen: sums of the database, however much was drawn."""
    return _revenue(issue_id) - _cost(issue_id, costs_of(selectors.rewards_of(issue_id)))


def _by_odds(promised: Terms, _drawn: Mapping[int, int]) -> _Judged:
    return odds_of(promised), frequencies.p_value(promised)


def _by_tickets(promised: Terms, drawn: Mapping[int, int]) -> _Judged:
    """Test what a ticket yields of its own; an extra comes at its place whatever is drawn."""
    own = [prize for prize in promised.prizes if prize.position == "ticket"]
    seen, held = [drawn.get(prize.id, 0) for prize in own], [prize.quantity or 0 for prize in own]
    return odds_of(promised), chances.p_value(seen, held, whole=promised.total)


def _by_tables(promised: Terms, _drawn: Mapping[int, int]) -> _Judged:
    """Odds that follow the stock are the mean of what the draws met."""
    met = met_tables.of_issue(promised)
    return met.odds_ppm() or odds_of(promised), met.p_value()


_JUDGED: Mapping[str, Callable[[Terms, Mapping[int, int]], _Judged]] = {
    "deck": _by_tickets,
    "pairs": _by_odds,
    "s3": _by_tables,
    "weighted": _by_odds,
}


def _cost(issue_id: int, costs: Mapping[int, int]) -> int:
    """Return what cost the prizes that were drawn and not taken back."""
    return sum(costs.get(reward_id, 0) * n for reward_id, n in selectors.kept_counts(issue_id).items())


def _revenue(issue_id: int) -> int:
    """Return what the issue's orders brought that were not refunded."""
    paid = orders.earned(selectors.order_ids_of(issue_id))
    return paid.fen + paid.points * point_fen()
