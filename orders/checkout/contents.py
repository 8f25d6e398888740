"""What an order brought, told by the app that consumes its source: a registered contract, since that app is higher."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple


class WonReward(NamedTuple):
    """What a draw yielded."""

    id: int
    level: str
    name: str
    kind: str
    kind_label: str
    image_url: str


class DrawResult(NamedTuple):
    """One result of a draw order."""

    id: int
    reward: WonReward
    ticket_no: int | None
    is_bonus: bool
    inventory_id: int | None
    prize_index: int | None = None
    play: Mapping[str, Any] | None = None  # what a client shows step by step
    refunded: bool = False


Contents = Mapping[int, Sequence[DrawResult]]
Provider = Callable[[Sequence[int]], Contents]
Heads = Mapping[int, str]

_providers: dict[str, tuple[Provider, Callable[[Sequence[int]], Heads]]] = {}


def register(source: str, provider: Provider, heads: Callable[[Sequence[int]], Heads]) -> None:
    """Name who tells, by order id, what orders of a source brought (those without results are absent), and which head
    of the public log of commitments was shown with each."""
    _providers[source] = (provider, heads)


def of_orders(orders: Sequence[Any]) -> dict[int, Sequence[DrawResult]]:
    """Return what orders brought, one question a source."""
    brought: dict[int, Sequence[DrawResult]] = {}
    for source, order_ids in _by_source(orders).items():
        brought.update(_providers[source][0](order_ids))
    return brought


def heads_of(orders: Sequence[Any]) -> dict[int, str]:
    """Return the heads that were shown with orders, one question a source."""
    shown: dict[int, str] = {}
    for source, order_ids in _by_source(orders).items():
        shown.update(_providers[source][1](order_ids))
    return shown


def _by_source(orders: Sequence[Any]) -> dict[str, list[int]]:
    known = {order.source for order in orders} & set(_providers)
    return {source: [order.pk for order in orders if order.source == source] for source in known}
