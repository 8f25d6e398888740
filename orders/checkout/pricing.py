"""Prices of an order, as integers that add up (P2 of docs/guarantees.md)."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """What is bought: an amount in fen or in points, never both."""

    title: str
    quantity: int
    unit_price_fen: int = 0
    unit_points: int = 0
    amount_fen: int = 0
    product_id: int | None = None

    @property
    def amount_points(self) -> int:
        return self.unit_points * self.quantity


@dataclass(frozen=True)
class Quote:
    """What an order would cost."""

    lines: Sequence[Line]
    discount_fen: int = 0
    freight_fen: int = 0

    @property
    def goods_fen(self) -> int:
        return sum(line.amount_fen for line in self.lines)

    @property
    def points(self) -> int:
        return sum(line.amount_points for line in self.lines)

    @property
    def payable_fen(self) -> int:
        return self.goods_fen - self.discount_fen + self.freight_fen
