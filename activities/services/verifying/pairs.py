"""Sessions of cards: every one dealt again from its day's secret, its number and the member's nonce."""

from collections.abc import Iterator
from typing import Any

from django.core.cache import cache

from activities.gameplay import card_odds, registry
from activities.gameplay.base import Terms
from activities.gameplay.limits import NothingLeft
from activities.models import Issue
from activities.services import sessions
from activities.services.verifying import batches, turns
from activities.services.verifying.shelves import Shelves
from activities.services.verifying.turns import Dealt

KEPT_SECONDS = 30 * 24 * 3600


def check(issue: Issue, promised: Terms) -> Iterator[str]:
    """Yield the sessions that their committed inputs do not lead to."""
    yield from _odds(promised)
    shelves = Shelves(issue, promised)
    for dealt in turns.of_days(issue):
        if isinstance(dealt, str):
            yield dealt
        else:
            yield from _again(dealt, promised, shelves)
    yield from turns.contiguous(issue)
    yield from shelves.gaps(issue)


def _odds(promised: Terms) -> Iterator[str]:
    """Yield whether the published odds are not those that follow from the cards, counted or simulated from the seed."""
    published = [promised.config.get("odds_by"), [prize.odds_ppm for prize in promised.prizes]]
    if published != _due(promised):
        yield f"期次 {promised.issue_id}：公布的概率不是由牌组算出的"


def _due(promised: Terms) -> list[Any]:
    """Return how the odds of these terms are found, and what they are; a million sessions are not played each night."""
    key = f"pairs-odds:{card_odds.SESSIONS}:{promised.terms_hash}"
    known: list[Any] | None = cache.get(key)
    if known is None:
        own = {name: value for name, value in promised.config.items() if name != "odds_by"}
        prizes, config = registry.get(promised.gameplay).publish(promised.prizes, own)
        known = [config.get("odds_by"), [prize.odds_ppm for prize in prizes]]
        cache.set(key, known, KEPT_SECONDS)
    return known


def _again(dealt: Dealt, promised: Terms, shelves: Shelves) -> Iterator[str]:
    """Yield where a batch is not what the same rules make of what it met."""
    batch = dealt.batch
    choices = registry.get(promised.gameplay).choices(promised.config)
    if batch.choice not in (choices or [""]):
        yield f"批次 {batch.pk}：预选 {batch.choice} 不在可选项里"
        return
    played = sessions.Played(promised, dealt.turn, batch.count, batch.client_nonce, batch.choice)
    try:
        yield from batches.differences(batch, promised, sessions.context(dealt.secret, played, shelves.before(batch)))
    except NothingLeft:
        yield f"批次 {batch.pk}：限量奖品已发完，也没有替换奖品"
