"""
A bundle: several products as one prize, from the stock that the issue took when it opened.

Each unit is a part of its own of the batch's grant: unit k of the result at index i is part `i + k * UNIT_STRIDE`, so
that the first unit of a bundle has the part that a single product would have.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from activities.enums import RewardKind
from activities.gameplay.base import Prize
from activities.services.prizes.base import SOURCE, PrizeKind, Winner, Won
from blindbox.common.money import split
from catalog import selectors as catalog
from catalog import stock
from catalog.selectors import ProductCard
from orders.inventory import holding
from orders.inventory.holding import Unit

UNIT_STRIDE = 100_000  # beyond any index in a batch


class Bundles(PrizeKind):
    kind = RewardKind.BUNDLE

    def grant(self, winner: Winner, won: Won, *, now: datetime) -> dict[int, int]:
        cards = catalog.products_by_ids({product_id for _, prize in won for product_id, _ in prize.bundle})
        units = [unit for index, prize in won for unit in _units(index, prize, cards)]
        return holding.grant(member_id=winner.member_id, source=SOURCE, source_id=winner.batch_id, units=units, now=now)

    def take_back(self, winner: Winner, won: Won, *, now: datetime) -> None:
        parts = [part for index, prize in won for part in _parts(index, prize)]
        holding.revoke(source=SOURCE, source_id=winner.batch_id, parts=parts, now=now)
        taken: Counter[int] = Counter()
        for _, prize in won:
            taken.update(dict(prize.bundle))
        stock.give_back(quantities=dict(taken), now=now)

    def problems(self, prize: Prize, *, price_fen: int | None) -> list[str]:
        return [] if prize.quantity else [f"「{prize.level} {prize.name}」是组合奖品，要填数量"]


def size_of(prize: Prize) -> int:
    """Return how many units a bundle has."""
    return sum(quantity for _, quantity in prize.bundle)


def _parts(index: int, prize: Prize) -> list[int]:
    return [index + number * UNIT_STRIDE for number in range(size_of(prize))]


def _units(index: int, prize: Prize, cards: dict[int, ProductCard]) -> Iterator[Unit]:
    """Yield the units of one bundle; its declared value is spread over them by their prices."""
    products = [cards[product_id] for product_id, quantity in prize.bundle for _ in range(quantity)]
    worth = split(prize.reference_value_fen, [product.price_fen or product.cost_fen or 1 for product in products])
    for part, product, value in zip(_parts(index, prize), products, worth, strict=True):
        yield Unit(part, product.id, product.name, product.image_url, value)
