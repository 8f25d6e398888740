"""Published odds: every draw against the roll that its day's secret, its number and the member's nonce lead to."""

from collections.abc import Iterator
from dataclasses import replace

from activities.gameplay.base import Terms
from activities.gameplay.limits import NothingLeft
from activities.models import Issue
from activities.services import rolls
from activities.services.verifying import batches, turns
from activities.services.verifying.histories import Players
from activities.services.verifying.shelves import Shelves
from activities.services.verifying.turns import Dealt


def check(issue: Issue, promised: Terms) -> Iterator[str]:
    """Yield the draws that their committed inputs do not lead to."""
    players, shelves = Players(issue, promised), Shelves(issue, promised)
    for dealt in turns.of_days(issue):
        if isinstance(dealt, str):
            yield dealt
        else:
            yield from _again(dealt, promised, players, shelves)
    yield from turns.contiguous(issue)
    yield from shelves.gaps(issue)


def _again(dealt: Dealt, promised: Terms, players: Players, shelves: Shelves) -> Iterator[str]:
    """Yield where a batch is not what the same rule makes of what it met."""
    batch = dealt.batch
    turn = replace(dealt.turn, misses=players.misses_of(batch.member_id, dealt.turn.first_seq or 0))
    count, nonce, shelf = batch.count, batch.client_nonce, shelves.before(batch)
    context = rolls.context(dealt.secret, turn, promised, count=count, nonce=nonce, shelf=shelf)
    try:
        yield from batches.differences(batch, promised, context)
    except NothingLeft:
        yield f"批次 {batch.pk}：限量奖品已发完，也没有替换奖品"
