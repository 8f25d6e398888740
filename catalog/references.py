"""Who names products where no foreign key can: a registered question each, asked before a product is deleted."""

from collections.abc import Callable

_named: list[Callable[[int], bool]] = []


def register(is_named: Callable[[int], bool]) -> None:
    """Add a question: whether anything of an app above names this product."""
    _named.append(is_named)


def is_named(product_id: int) -> bool:
    return any(ask(product_id) for ask in _named)
