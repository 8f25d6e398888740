"""What a member wishes to buy, made whole and checked against what an issue offers before anything is written."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from activities import store
from activities.errors import IssueNotOpen, IssueSoldOut, PaymentWayClosed, QuoteStale, TermsChanged, TooEarlyToBuyOut
from activities.gameplay import registry
from activities.gameplay.base import Terms
from activities.gameplay.deck_config import LARGEST_BUY_OUT
from blindbox.common.errors import Invalid
from orders.enums import PayWith
from orders.errors import WalletNotAllowedHere

_NOT_OFFERED = {
    "ticket_nos": "本期不支持选号",
    "buy_out": "本期不支持包箱",
    "choice": "本期没有可选项",
    "pass": "本期不需要通关凭证",
    "amount_ref": "本期不按数额抽奖",
}


THE_REST = 0  # a count that is left open: whatever a buy-out is of


@dataclass(frozen=True)
class Wish:
    """What a member asks for; `THE_REST` of it only where they buy out."""

    issue_id: int
    count: int
    pay_with: PayWith
    client_nonce: str
    terms_hash: str | None = None
    quote_token: str | None = None
    ticket_nos: Sequence[int] = ()
    buy_out: bool = False
    choice: str = ""
    passed: str = ""  # the one-time pass of a level game
    amount_ref: str = ""  # what a draw by amount is for: order:… or points:…


def previewed(promised: Terms, wish: Wish, now: datetime) -> Wish:
    """
    Return what would be bought, if the issue offers such a thing now; of a buy-out, all that is left.

    :raises IssueNotOpen, TermsChanged, PaymentWayClosed, WalletNotAllowedHere, Invalid: if it does not
    :raises IssueSoldOut, TooEarlyToBuyOut: if what is left cannot be bought out
    """
    if now < promised.starts_at or (promised.ends_at is not None and now >= promised.ends_at):
        raise IssueNotOpen
    if wish.terms_hash is not None and wish.terms_hash != promised.terms_hash:
        raise TermsChanged
    _refuse_not_offered(promised, wish)
    _refuse_payment(promised, wish.pay_with)
    if wish.buy_out:
        return replace(wish, count=_what_is_left(promised, wish))
    if wish.count > promised.largest_order:
        raise Invalid.field("count", f"一次最多 {promised.largest_order} 抽", "max_value")
    return wish


def final(promised: Terms, wish: Wish, now: datetime) -> Wish:
    """
    Return a wish that leaves nothing open which only a preview may: numbers to pick, the quote of a buy-out. How many
    a buy-out is of may be left to its quote.

    :raises Invalid: if it does
    :raises QuoteStale: if as much is not left any more
    :raises IssueNotOpen, TermsChanged, PaymentWayClosed, WalletNotAllowedHere, IssueSoldOut, TooEarlyToBuyOut: as above
    """
    fitting = previewed(promised, wish, now)
    if wish.buy_out and wish.quote_token is None:
        raise Invalid.field("quote_token", "包箱要先预览，确认抽数和总价", "required")
    if wish.count not in (fitting.count, THE_REST):
        raise QuoteStale(left=fitting.count)
    _refuse_no_choice(promised, wish)
    if promised.picks_numbers and not wish.buy_out and not _names_numbers(promised, wish):
        text = f"请选 {wish.count} 个不同的号码，在 1 到 {promised.total} 之间"
        raise Invalid.field("ticket_nos", text, "invalid" if wish.ticket_nos else "required")
    return fitting


def _refuse_not_offered(promised: Terms, wish: Wish) -> None:
    offered = registry.get(promised.gameplay).options(promised.config)
    asked = {"ticket_nos": wish.ticket_nos, "buy_out": wish.buy_out, "choice": wish.choice, "pass": wish.passed}
    for name, value in {**asked, "amount_ref": wish.amount_ref}.items():
        if value and name not in offered:
            raise Invalid.field(name, _NOT_OFFERED[name])


def _refuse_no_choice(promised: Terms, wish: Wish) -> None:
    """A choice is bound before anything is drawn: once paid for, nobody can choose any more."""
    choices = registry.get(promised.gameplay).choices(promised.config)
    if choices and wish.choice not in choices:
        raise Invalid.field("choice", f"请从 {'、'.join(sorted(choices))} 中选一个", "invalid_choice")


def _refuse_payment(promised: Terms, pay_with: PayWith) -> None:
    if pay_with == PayWith.WALLET:
        raise WalletNotAllowedHere
    if not _is_open_to(promised, pay_with):
        raise PaymentWayClosed


def _is_open_to(promised: Terms, pay_with: PayWith) -> bool:
    if pay_with == PayWith.FREE:
        return promised.price_points is None and promised.price_fen is None
    return (promised.price_points if pay_with == PayWith.POINTS else promised.price_fen) is not None


def _names_numbers(promised: Terms, wish: Wish) -> bool:
    numbers = set(wish.ticket_nos)
    known = all(1 <= number <= (promised.total or 0) for number in numbers)
    return known and len(numbers) == len(wish.ticket_nos) == wish.count


def _what_is_left(promised: Terms, wish: Wish) -> int:
    if wish.ticket_nos:
        raise Invalid.field("ticket_nos", "包箱不用选号")
    total, sold = promised.total or 0, store.count(promised.issue_id).sold
    left = total - sold
    if not left:
        raise IssueSoldOut
    if left > LARGEST_BUY_OUT:
        raise Invalid.field("buy_out", f"剩余超过 {LARGEST_BUY_OUT} 抽，不能包箱")
    percent = promised.buy_out.get("after_sold_percent", 0)
    if sold * 100 < percent * total:
        raise TooEarlyToBuyOut(percent=percent)
    return left
