"""What a draw brings in and costs on the mean, in fen; points count at what the shop says a point is worth."""

from collections.abc import Iterable, Mapping

from accounts.configs import POINT_VALUE_FEN
from activities.gameplay.base import Prize, Terms
from activities.models import Activity, Reward
from activities.services.play_config import PlayConfig
from blindbox.common.money import PPM
from blindbox.system.configs import value_of
from catalog import selectors as catalog


def point_fen() -> int:
    """Return what a point counts for, in fen."""
    worth: int = value_of(POINT_VALUE_FEN)
    return worth


def face_fen(*, points: int | None, amount_fen: int | None) -> int:
    """Return what credit is worth at its face: points at what one counts for, an amount as it is."""
    return (points or 0) * point_fen() + (amount_fen or 0)


def value_of_prize(prize: Prize) -> int:
    """Return what a prize is worth, in fen: the published reference, else the face of its credit."""
    return prize.reference_value_fen or face_fen(points=prize.points, amount_fen=prize.amount_fen)


def draw_price_fen(promised: Terms) -> int | None:
    """
    Return the least that one draw brings in: in cash, by the cheapest bundle, in points, or where all that is left is
    bought out at a discount; None if it is free.
    """
    prices = promised.price_fen, promised.price_points
    return _least(prices, promised.bundle_prices, promised.buy_out.get("discount_ppm", 0))


def drafted_price_fen(activity: Activity, config: PlayConfig) -> int | None:
    """Return likewise what a draw of the activity brings before anything is promised."""
    declared = config.own.get("buy_out")
    discount_ppm = declared.get("discount_ppm", 0) if isinstance(declared, Mapping) else 0
    return _least((activity.price_fen, activity.price_points), config.bundle_prices, discount_ppm)


def _least(prices: tuple[int | None, int | None], bundle_prices: Mapping[int, int], discount_ppm: int) -> int | None:
    cash, points = prices
    single = [price for price in (cash, None if points is None else points * point_fen()) if price is not None]
    bought_out = [price - price * discount_ppm // PPM for price in single]
    bundled = [fen // count for count, fen in bundle_prices.items() if cash is not None]
    return min([*single, *bought_out, *bundled], default=None)


def dearest_price_fen(promised: Terms) -> int | None:
    """Return the most that a single draw costs a member, in cash or in points; None if it is free."""
    points = None if promised.price_points is None else promised.price_points * point_fen()
    return max((price for price in (promised.price_fen, points) if price is not None), default=None)


def costs_of(rewards: Iterable[Reward], *, points_count: bool = True) -> dict[int, int]:
    """
    Return what a unit of each reward costs: as stated, or where nothing is, what its products cost and what credit is
    worth at its face; points only if they count.
    """
    listed = list(rewards)
    unstated = [reward for reward in listed if not reward.cost_fen]
    products = {product_id for reward in unstated for product_id, _ in _products_in(reward)}
    unit_fen = {pk: card.cost_fen for pk, card in catalog.products_by_ids(products).items()} if products else {}
    return {reward.pk: reward.cost_fen or _implied(reward, unit_fen, points_count) for reward in listed}


def _implied(reward: Reward, unit_fen: Mapping[int, int], points_count: bool) -> int:
    goods = sum(unit_fen.get(product_id, 0) * n for product_id, n in _products_in(reward))
    return goods + face_fen(points=reward.points if points_count else None, amount_fen=reward.amount_fen)


def _products_in(reward: Reward) -> list[tuple[int, int]]:
    single = [] if reward.product_id is None else [(reward.product_id, 1)]
    return single + [(line["product_id"], line["quantity"]) for line in reward.bundle or ()]
