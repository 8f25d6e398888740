"""What draws cost, and a token that holds a price for five minutes."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.core import signing

from activities.errors import QuoteStale
from activities.gameplay.base import Terms
from blindbox.common.money import PPM
from orders.checkout.pricing import Line, Quote
from orders.enums import PayWith

SALT, LIFE_SECONDS = "blindbox.quote", 300


def quote(promised: Terms, count: int, pay_with: PayWith, *, buy_out: bool = False) -> Quote:
    """Return the price of draws in the way they are paid."""
    if buy_out:
        return _of_the_rest(promised, count, pay_with)
    if pay_with == PayWith.POINTS:
        return Quote([Line(promised.title, count, unit_points=promised.price_points or 0)])
    if pay_with == PayWith.FREE:
        return Quote([Line(promised.title, count)])
    amount = promised.price_of(count)
    return Quote([Line(promised.title, count, unit_price_fen=promised.price_fen or 0, amount_fen=amount)])


def _of_the_rest(promised: Terms, count: int, pay_with: PayWith) -> Quote:
    """Return the price of all that is left, less what the terms declare for it."""
    ppm = promised.buy_out.get("discount_ppm", 0)
    if pay_with == PayWith.POINTS:
        whole = count * (promised.price_points or 0)
        title = f"{promised.title} 包箱（{count} 抽）"
        return Quote([Line(title, 1, unit_points=whole - whole * ppm // PPM)])
    amount = count * (promised.price_fen or 0)
    line = Line(promised.title, count, unit_price_fen=promised.price_fen or 0, amount_fen=amount)
    return Quote([line], discount_fen=amount * ppm // PPM)


@dataclass(frozen=True)
class Offered:
    """What a token states: to whom, how much of what, how it is paid, and the total."""

    member_id: int
    terms: Terms
    count: int
    pay_with: PayWith
    price: Quote

    @property
    def facts(self) -> list[object]:
        what = [self.terms.issue_id, self.terms.terms_hash, self.count]
        return [self.member_id, *what, str(self.pay_with), self.price.payable_fen, self.price.points]


def token(offered: Offered) -> str:
    """Return a signed statement of what is offered."""
    return signing.dumps(offered.facts, salt=SALT)


def check_token(given: str | None, offered: Offered, *, told: Mapping[str, int] | None = None) -> None:
    """
    Hold a purchase to its quote; `told` goes into the details of a refusal.

    :raises QuoteStale: if a token was given and does not name this very purchase, or is over five minutes old
    """
    if given is None:
        return
    try:
        facts = signing.loads(given, salt=SALT, max_age=LIFE_SECONDS)
    except signing.BadSignature as error:
        raise QuoteStale(**(told or {})) from error
    if facts != offered.facts:
        raise QuoteStale(**(told or {}))
