"""Buying draws: one transaction for key, order, money or hold; paid by points it settles at once."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.core.exceptions import ObjectDoesNotExist

from accounts.selectors.protection import MAY_BUY_ROW, Buyer
from activities import selectors
from activities.enums import BatchStatus
from activities.errors import (
    ActivityNotFound,
    AllReserved,
    BoxLocked,
    IssueNotFound,
    TicketTaken,
)
from activities.gameplay.base import Terms
from activities.models import DrawBatch
from activities.services import allocators, allowances, draws, holds, protection, quotes, refusals, terms, wishes
from activities.services.allowances import Bought, OverLimit
from activities.services.batches import NO_TURN, Ask, Batch, Turn
from activities.services.holds import HoldTaken
from activities.services.protection import Admitted
from activities.services.wishes import Wish
from blindbox.common import sql
from blindbox.common.errors import DomainError
from blindbox.common.retry import TRIES, TryAgain, in_transaction, refusing_duplicates
from blindbox.system import idempotency
from blindbox.system.idempotency import Claim, KeyTaken
from orders import selectors as orders
from orders.checkout.pricing import Quote
from orders.enums import OrderSource, PayWith
from orders.services import placing
from orders.services.placing import NewOrder, Placed

_BATCH = (
    "order_id member issue count status hold_slot hold_expires_at client_nonce ticket_nos choice day first_seq player "
    "log_head settled_at created_at"
)
_ALLOWED = f"SELECT shown.id FROM ({selectors.SHOWN_ROW}) shown, ({MAY_BUY_ROW}) buyer"

AT_ONCE = {PayWith.POINTS, PayWith.FREE}


class _Readmitted(Exception):
    """Never leaves the purchase: the member may buy, but their protection has changed since they were admitted."""

    def __init__(self, who: Admitted) -> None:
        self.who = who


@dataclass(frozen=True)
class Purchase:
    """What a purchase led to; `placed` only when it was made just now, `drawn` when it was settled just now."""

    order_id: int
    replayed: bool
    pay_with: PayWith
    placed: Placed | None = None
    drawn: draws.Drawn | None = None
    log_head: str = ""


def buy(
    *,
    member_id: int,
    activity_id: int,
    wish: Wish,
    claim: Claim | None,
    now: datetime,
    seen: Buyer | None = None,
) -> Purchase:
    """
    Buy draws, once for this key where there is one. WeChat is asked for the money afterwards, with no transaction open.

    :param seen: the member as the request's authentication read them; what changed since is noticed as it is written
    :raises ActivityNotFound: if members cannot see the activity, whatever else stands in the way
    :raises IssueNotFound, IssueNotOpen, IssueSoldOut, NotEnoughLeft, AllReserved: if the issue cannot serve it
    :raises MemberDisabled, InsiderMayNotDraw: if the member may not buy at all; `protection.admit` has the others
    :raises TermsChanged: if the member saw other terms
    :raises HoldStillOpen, CoolingDown: if unpaid orders of the member stand in the way
    :raises PointsInsufficient, PaymentWayClosed, WalletNotAllowedHere: if it cannot be paid so
    :raises KeyMismatch, KeyInFlight: for a key of another request, or one still running
    """
    try:
        return _bought(member_id, seen, _promised(activity_id, wish.issue_id), wish, claim, now)
    except DomainError:
        selectors.require_shown(activity_id)
        raise


def _promised(activity_id: int, issue_id: int) -> Terms:
    promised = terms.of_issue(issue_id)
    if promised.activity_id != activity_id:
        raise IssueNotFound
    return promised


def _bought(
    member_id: int, seen: Buyer | None, promised: Terms, wish: Wish, claim: Claim | None, now: datetime
) -> Purchase:
    try:
        who = protection.admit(member_id=member_id, now=now, seen=seen)
        wish = wishes.final(promised, wish, now)
        quote = _accepted_quote(member_id, promised, wish)
    except DomainError as refusal:
        return replay_or(refusal, claim)
    try:
        return _placed(who, promised, wish, quote, claim, now)
    except KeyTaken as taken:
        return _replay(claim, taken)
    except HoldTaken:
        raise holds.still_open(member_id=member_id, issue_id=wish.issue_id) from None


def _accepted_quote(member_id: int, promised: Terms, wish: Wish) -> Quote:
    quote = quotes.quote(promised, wish.count, wish.pay_with, buy_out=wish.buy_out)
    offered = quotes.Offered(member_id, promised, wish.count, wish.pay_with, quote)
    quotes.check_token(wish.quote_token, offered, told={"left": wish.count} if wish.buy_out else None)
    return quote


def _placed(who: Admitted, promised: Terms, wish: Wish, quote: Quote, claim: Claim | None, now: datetime) -> Purchase:
    """Place once; refused for a hold that is overdue or given up, release it and try once more (docs/fairness.md)."""
    unit = _settled_at_once if wish.pay_with in AT_ONCE else _held_for_wechat
    once = in_transaction(repeatable=claim is not None)(unit)  # without a key, a lost connection may have drawn
    head = selectors.head_hash(now=now) or ""  # before the transaction: what that publishes itself may be rolled back
    place = partial(_admitted, once, who, promised, wish, quote, claim, head, now)
    try:
        return place()
    except HoldTaken:
        if not holds.own_hold_is_gone(member_id=who.member_id, issue_id=wish.issue_id, now=now):
            raise
    except (AllReserved, BoxLocked, TicketTaken):
        if not holds.make_room(member_id=who.member_id, issue_id=wish.issue_id, now=now):
            raise
    return place()


def _admitted(
    once: Callable[..., Purchase],
    who: Admitted,
    promised: Terms,
    wish: Wish,
    quote: Quote,
    claim: Claim | None,
    log_head: str,
    now: datetime,
) -> Purchase:
    """Place under the limits that hold as it is written; a refusal names the limit as it stands with all undone."""
    for _ in range(TRIES):
        try:
            return once(who, promised, wish, quote, claim, log_head, now)
        except _Readmitted as changed:
            who = changed.who
        except OverLimit:
            refusal = allowances.reached(_counted(who, wish, quote, now), who.most)
            if refusal:
                raise refusal from None
    raise TryAgain


def _settled_at_once(
    who: Admitted, promised: Terms, wish: Wish, quote: Quote, claim: Claim | None, log_head: str, now: datetime
) -> Purchase:
    placed = placing.place(NewOrder(who.member_id, OrderSource.DRAW, quote, wish.pay_with, claim), now=now)
    _count(who, wish, quote, now)
    turn = allocators.of(promised).take_turn(promised, who.member_id, wish.count, paid_at=now, fair_ref=who.fair_ref)
    settled = BatchStatus.SETTLED
    batch_id = _insert_batch(who, placed, promised, wish, status=settled, log_head=log_head, now=now, turn=turn)
    batch = Batch(
        batch_id,
        who.member_id,
        promised,
        wish.count,
        wish.client_nonce,
        held=False,
        turn=turn,
        choice=wish.choice,
        ticket_nos=wish.ticket_nos,
        buy_out=wish.buy_out,
        passed=wish.passed,
        amount_ref=wish.amount_ref,
    )
    drawn = draws.draw(batch, now=now)
    return Purchase(placed.id, False, wish.pay_with, placed, drawn, log_head)


def _held_for_wechat(
    who: Admitted, promised: Terms, wish: Wish, quote: Quote, claim: Claim | None, log_head: str, now: datetime
) -> Purchase:
    expires_at = now + timedelta(seconds=promised.hold_seconds)
    new = NewOrder(who.member_id, OrderSource.DRAW, quote, wish.pay_with, claim, expires_at)
    placed = placing.place(new, now=now)
    holds.refuse_while_cooling_down(member_id=who.member_id, now=now)
    _count(who, wish, quote, now)
    with refusing_duplicates(HoldTaken):
        batch_id = _insert_batch(who, placed, promised, wish, status=BatchStatus.HELD, log_head=log_head, now=now)
    ask = Ask(batch_id, who.member_id, promised, wish.count, wish.ticket_nos, wish.buy_out)
    if not allocators.of(promised).reserve(ask, now=now):
        raise refusals.of_counter(wish.issue_id, wish.count, member_id=who.member_id)
    return Purchase(placed.id, False, wish.pay_with, placed, log_head=log_head)


def _count(who: Admitted, wish: Wish, quote: Quote, now: datetime) -> None:
    if wish.pay_with != PayWith.FREE:  # the limits of a buyer are on buying
        allowances.take(_counted(who, wish, quote, now), who.most)


def _over_limit(who: Admitted, wish: Wish, quote: Quote, now: datetime) -> DomainError | None:
    return None if wish.pay_with == PayWith.FREE else allowances.reached(_counted(who, wish, quote, now), who.most)


def _counted(who: Admitted, wish: Wish, quote: Quote, now: datetime) -> Bought:
    return Bought(who.member_id, wish.count, quote.payable_fen, now)


def _insert_batch(
    who: Admitted,
    placed: Placed,
    promised: Terms,
    wish: Wish,
    *,
    status: BatchStatus,
    log_head: str,
    now: datetime,
    turn: Turn = NO_TURN,
) -> int:
    """Write what was bought, unless the member may not buy any more or cannot see the activity."""
    held = status == BatchStatus.HELD
    state = (1, placed.new.expires_at) if held else (None, None)
    settled_at = None if held else now
    drawn_by = (turn.day, turn.first_seq, turn.player)
    row = (placed.id, who.member_id, wish.issue_id, wish.count, status, *state)
    picked = json.dumps([*wish.ticket_nos]) if wish.ticket_nos else None
    values = (*row, wish.client_nonce, picked, wish.choice, *drawn_by, log_head, settled_at, now)
    asked = [promised.activity_id, *who.still(now)]
    batch_id = sql.insert_if(DrawBatch, _BATCH, values, found=_ALLOWED, parameters=asked)
    if batch_id is None:
        again = protection.admit(member_id=who.member_id, now=now)
        raise ActivityNotFound if again == who else _Readmitted(again)
    return batch_id


def preview(*, member_id: int, activity_id: int, wish: Wish, now: datetime) -> dict[str, Any]:
    """
    Return what a purchase would cost, with a token that holds the price for this member. What others hold or lock may
    be free by the time of the purchase, and is not looked at.

    :raises ActivityNotFound, IssueNotFound, IssueNotOpen, IssueSoldOut, NotEnoughLeft, IssuePaused: as `buy` would
    :raises Invalid, PaymentWayClosed, WalletNotAllowedHere, LimitReached: as `buy` would; `protection.admit` has more
    """
    selectors.require_shown(activity_id)
    promised = _promised(activity_id, wish.issue_id)
    who = protection.admit(member_id=member_id, now=now)
    wish = wishes.previewed(promised, wish, now)
    priced = quotes.quote(promised, wish.count, wish.pay_with, buy_out=wish.buy_out)
    refusal = refusals.foreseen(wish.issue_id, wish.count) or _over_limit(who, wish, priced, now)
    if refusal is not None:
        raise refusal
    return {
        "count": wish.count,
        "lines": priced.lines,
        "discount_fen": priced.discount_fen,
        "payable_fen": priced.payable_fen,
        "points": priced.points,
        "quote_token": quotes.token(quotes.Offered(member_id, promised, wish.count, wish.pay_with, priced)),
    }


def replay_or(refusal: DomainError, claim: Claim | None) -> Purchase:
    """Answer a repeat as the first time, whatever has changed since: the sale ended, the quote went stale."""
    try:
        return _replay(claim, refusal)
    except ObjectDoesNotExist:
        raise refusal from None


def _replay(claim: Claim | None, otherwise: Exception) -> Purchase:
    if claim is None:
        raise otherwise
    order_no = idempotency.first_use(claim).ref
    order = orders.order_of(member_id=claim.actor_id, order_no=order_no)
    head = selectors.log_heads([order.pk]).get(order.pk, "")
    return Purchase(order.pk, True, PayWith(order.pay_with), log_head=head)
