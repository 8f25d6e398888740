"""What is left of each reward and how likely it is now; public before anybody buys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F

from activities import selectors
from activities.enums import Position
from activities.gameplay import registry
from activities.gameplay.base import InvalidConfig
from activities.gameplay.session_table import NoEmptyPrize, everything
from activities.gameplay.sessions import SessionPlay
from activities.models import Issue, Reward, RewardStock
from activities.services import terms
from blindbox.common.money import PPM, split


@dataclass(frozen=True)
class Offer:
    """A reward of an issue as it stands: `odds_ppm` of the next ticket, `initial_odds_ppm` of the first."""

    reward: Reward
    remaining: int | None
    odds_ppm: int | None
    initial_odds_ppm: int | None


def offers(issue: Issue) -> list[Offer]:
    """Return an issue's rewards in the order of its terms."""
    return offers_of([issue])[issue.pk]


def offers_of(issues: Sequence[Issue]) -> dict[int, list[Offer]]:
    """Return the rewards of each issue, with four queries for any number of them."""
    rewards = selectors.rewards_by_issue([issue.pk for issue in issues])
    sessions = _of_sessions([issue for issue in issues if _is_session(issue)], rewards)
    boxes = [issue.pk for issue in issues if issue.counter.total is not None]
    drawn = selectors.drawn_counts(*boxes) if boxes else {}
    limited = [pk for pk in rewards if pk not in boxes and any(reward.quantity for reward in rewards[pk])]
    left = selectors.stock_left(limited) if limited else {}
    return {
        issue.pk: _of_odds(rewards[issue.pk], left)
        if issue.counter.total is None
        else _of_box(rewards[issue.pk], drawn)
        for issue in issues
        if issue.pk not in sessions
    } | sessions


def _is_session(issue: Issue) -> bool:
    return isinstance(registry.get(issue.activity.gameplay), SessionPlay)


def _of_sessions(issues: Sequence[Issue], rewards: Mapping[int, Sequence[Reward]]) -> dict[int, list[Offer]]:
    stock: dict[int, dict[int, RewardStock]] = {issue.pk: {} for issue in issues}
    rows = RewardStock.objects.filter(reward__issue_id__in=stock).annotate(issue_id=F("reward__issue_id"))
    for row in rows if stock else ():
        stock[row.issue_id][row.pk] = row
    return {issue.pk: _of_session(issue, rewards[issue.pk], stock[issue.pk]) for issue in issues}


def _of_session(issue: Issue, rewards: Sequence[Reward], stock: Mapping[int, RewardStock]) -> list[Offer]:
    """Return each prize's share of the draws at its node; `remaining` also counts what is yet to be released."""
    play = registry.get(issue.activity.gameplay)
    assert isinstance(play, SessionPlay)
    try:
        promised = terms.rehearsed(issue)
        full = everything(promised.prizes)
        left = {pk: row.released - row.given for pk, row in stock.items()} or full
        now, first = (play.shares_at_nodes(promised.prizes, promised.config, each) for each in (left, full))
    except (InvalidConfig, NoEmptyPrize):  # a draft that cannot open has no odds
        now = first = {}
    remaining = {pk: row.total - row.given for pk, row in stock.items()}
    return [Offer(r, remaining.get(r.pk, r.quantity), now.get(r.pk), first.get(r.pk)) for r in rewards]


def _of_odds(rewards: Sequence[Reward], left: Mapping[int, int]) -> list[Offer]:
    """A limited prize keeps its odds to the last unit; its stock says what is left, a draft's is all there."""
    return [Offer(reward, left.get(reward.pk, reward.quantity), reward.odds_ppm, reward.odds_ppm) for reward in rewards]


def _of_box(rewards: Sequence[Reward], drawn: Mapping[int, int]) -> list[Offer]:
    """Count what is left from the draws themselves, so that the odds add up whatever is sold meanwhile."""
    left = {reward.pk: (reward.quantity or 0) - drawn.get(reward.pk, 0) for reward in rewards}
    tickets = [reward for reward in rewards if reward.position == Position.TICKET]
    now = _odds({reward.pk: left[reward.pk] for reward in tickets})
    initial = _odds({reward.pk: reward.quantity or 0 for reward in tickets})
    # an extra on top of a ticket has no odds of its own
    return [Offer(reward, left[reward.pk], now.get(reward.pk), initial.get(reward.pk)) for reward in rewards]


def _odds(tickets: Mapping[int, int]) -> dict[int, int]:
    """Return each reward's share of the tickets: exactly a whole together, nothing once there are none."""
    if not any(tickets.values()):
        return dict.fromkeys(tickets, 0)
    return dict(zip(tickets, split(PPM, [*tickets.values()]), strict=True))
