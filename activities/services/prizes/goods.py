"""A product: one unit in the member's inventory, from the stock that the issue took when it opened."""

from collections import Counter
from datetime import datetime

from activities.enums import RewardKind
from activities.services.prizes.base import SOURCE, PrizeKind, Winner, Won
from catalog import stock
from orders.inventory import holding
from orders.inventory.holding import Unit


class Goods(PrizeKind):
    kind = RewardKind.PRODUCT

    def grant(self, winner: Winner, won: Won, *, now: datetime) -> dict[int, int]:
        units = [
            Unit(index, prize.product_id or 0, prize.name, prize.image_url, prize.reference_value_fen)
            for index, prize in won
        ]
        return holding.grant(member_id=winner.member_id, source=SOURCE, source_id=winner.batch_id, units=units, now=now)

    def take_back(self, winner: Winner, won: Won, *, now: datetime) -> None:
        parts = [index for index, _ in won]
        holding.revoke(source=SOURCE, source_id=winner.batch_id, parts=parts, now=now)
        taken = Counter(prize.product_id for _, prize in won if prize.product_id and prize.quantity)
        stock.give_back(quantities={key: n for key, n in taken.items() if key}, now=now)
