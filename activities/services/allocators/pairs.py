"""Sessions with a deck of their own: each is shuffled by the day's secret, as a roll is made (docs/fairness.md)."""

from datetime import datetime

from activities.gameplay import registry
from activities.gameplay.base import Result, Terms
from activities.services import commitments, limited, sessions
from activities.services.allocators.daily import Daily
from activities.services.allocators.selling import sell
from activities.services.batches import Batch
from blindbox.common.business_day import business_day


class Pairs(Daily):
    kind = "pairs"

    def stock_up(self, promised: Terms) -> None:
        limited.lay_out(promised, _most(promised))

    def draw(self, batch: Batch, *, now: datetime) -> list[Result]:
        promised, turn = batch.terms, batch.turn
        secret = commitments.day_secret(turn.day or business_day(now), now=now)
        sell(batch, now=now)
        shelf = limited.shelf_of(promised, batch.count)
        played = sessions.Played(promised, turn, batch.count, batch.nonce, batch.choice)
        results = registry.get(promised.gameplay).draw(sessions.context(secret, played, shelf))
        limited.give(promised, [result.reward_id for result in results], shelf.left, _most(promised))
        return results


def _most(promised: Terms) -> dict[int, int]:
    return dict(registry.get(promised.gameplay).most_units(promised.prizes, promised.config))
