"""Published odds: rolls of the secret of the day of payment; number and nonce are fixed before (docs/fairness.md)."""

from datetime import datetime

from activities.gameplay import registry
from activities.gameplay.base import Result, Terms
from activities.services import commitments, limited, rolls
from activities.services.allocators.daily import Daily
from activities.services.allocators.selling import sell
from activities.services.batches import Batch
from blindbox.common.business_day import business_day


class Weighted(Daily):
    kind = "weighted"

    def stock_up(self, promised: Terms) -> None:
        limited.lay_out(promised)

    def draw(self, batch: Batch, *, now: datetime) -> list[Result]:
        promised, turn = batch.terms, batch.turn
        secret = commitments.day_secret(turn.day or business_day(now), now=now)
        sell(batch, now=now)
        shelf = limited.shelf_of(promised, batch.count)
        context = rolls.context(secret, turn, promised, count=batch.count, nonce=batch.nonce, shelf=shelf)
        results = registry.get(promised.gameplay).draw(context)
        limited.give(promised, [result.reward_id for result in results], shelf.left)
        misses = rolls.misses_after(promised, results)
        if misses is not None:
            rolls.remember(issue_id=promised.issue_id, member_id=batch.member_id, misses=misses)
        return results
