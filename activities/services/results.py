"""What draw orders brought, for the order's page: the contract of orders.checkout.contents."""

from collections.abc import Sequence

from activities import selectors
from activities.enums import RewardKind
from activities.gameplay import registry
from activities.gameplay.base import Prize, Terms
from activities.models import DrawLog
from activities.services import terms
from activities.services.draws import Drawn
from activities.services.granting import SOURCE
from orders import selectors as orders
from orders.checkout.contents import Contents, DrawResult, WonReward


def of_orders(order_ids: Sequence[int]) -> Contents:
    """Return the results of each settled order, with three queries for any number of them."""
    drawn = selectors.draws_of_orders(order_ids)
    batches = sorted({log.batch_id for logs in drawn.values() for log in logs})
    owned = orders.inventory_ids(source=SOURCE, source_ids=batches)
    promised = terms.of_issues({log.issue_id for logs in drawn.values() for log in logs})
    return {pk: [_result(log, promised[log.issue_id], owned) for log in logs] for pk, logs in drawn.items()}


def _result(log: DrawLog, promised: Terms, owned: dict[tuple[int, int], int]) -> DrawResult:
    item, place = owned.get((log.batch_id, log.idx)), registry.prize_index(promised, log.reward_id)
    prize, play = promised.prize_by_id[log.reward_id], registry.replay(promised, log.detail)
    return DrawResult(log.pk, won(prize), log.ticket_no, log.is_bonus, item, place, play, log.refunded)


def won(prize: Prize) -> WonReward:
    return WonReward(prize.id, prize.level, prize.name, prize.kind, RewardKind(prize.kind).label, prize.image_url)


def of_batch(drawn: Drawn) -> list[DrawResult]:
    """Return the results of a batch that was drawn just now, without reading anything back."""
    play, prizes = registry.get(drawn.terms.gameplay), drawn.terms.prize_by_id
    rewards = {result.reward_id for result in drawn.results}
    shown = {pk: (won(prizes[pk]), play.prize_index(drawn.terms, pk)) for pk in rewards}
    return [
        DrawResult(
            drawn.ids[index],
            shown[result.reward_id][0],
            result.ticket_no,
            result.bonus_of is not None,
            drawn.owned.get(index),
            shown[result.reward_id][1],
            play.replay(result.detail),
        )
        for index, result in enumerate(drawn.results)
    ]
