"""Draws that are paid by points, and a box that has every kind of position."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.models import Member
from activities import handlers
from activities.models import Issue
from activities.services import opening, purchases
from activities.services.wishes import Wish
from blindbox.system.audit import SYSTEM
from blindbox.system.idempotency import Claim
from orders.enums import OrderSource, PayWith
from orders.events import OrderPaid
from orders.models import Payment
from orders.services import lifecycle
from tests.factories.activities import NOW, make_activity, make_draft

CHECKS = ["D1", "D11", "D12", "D2", "D3", "D4", "D5", "D6", "D7", "P6"]  # the invariants of draws

POSITIONS = [("A", "ticket", 1), ("B", "ticket", 3), ("C", "ticket", 7)]
POSITIONS += [("LAST", "last", 1), ("G", "global", 2), ("FIRST", "first", 1)]


def open_box_of_all_positions() -> Issue:
    """Return an open box of eleven tickets with four extra prizes; every prize is points."""
    own = {"kind": "points", "points": 1, "name": "积分"}
    rewards = [
        {**own, "level": level, "position": position, "quantity": quantity, "sort": sort}
        for sort, (level, position, quantity) in enumerate(POSITIONS)
    ]
    issue = make_draft(make_activity(), rewards)
    return opening.open_issue(issue_id=issue.pk, actor=SYSTEM, now=NOW)


def buy(member: Member, issue: Issue, count: int, *, now: datetime, **wish: Any) -> int:
    """Draw, paying by points; return the order's id."""
    return _bought(member, issue, count, PayWith.POINTS, now, wish)


def _bought(member: Member, issue: Issue, count: int, pay_with: PayWith, now: datetime, more: Mapping[str, Any]) -> int:
    claim = Claim("member", member.pk, secrets.token_hex(8), secrets.token_hex(32))
    wish = Wish(issue.pk, count, pay_with, secrets.token_hex(16), **more)
    bought = purchases.buy(member_id=member.pk, activity_id=issue.activity_id, wish=wish, claim=claim, now=now)
    return bought.order_id


def take(member: Member, issue: Issue, count: int, *, now: datetime, **wish: Any) -> int:
    """Draw for nothing, where that is offered; return the order's id."""
    return _bought(member, issue, count, PayWith.FREE, now, wish)


def hold(member: Member, issue: Issue, count: int, *, now: datetime, **wish: Any) -> int:
    """Order draws to be paid by WeChat; return the order's id."""
    return _bought(member, issue, count, PayWith.WEIXIN, now, wish)


def quoted(member: Member, issue: Issue, pay_with: PayWith, *, now: datetime) -> dict[str, Any]:
    """Return what buys out all that is left, as a preview says to a member: the count, and the rest of the wish."""
    wish = Wish(issue.pk, 1, pay_with, "", buy_out=True)
    said = purchases.preview(member_id=member.pk, activity_id=issue.activity_id, wish=wish, now=now)
    return {"count": said["count"], "buy_out": True, "quote_token": said["quote_token"]}


def pay(order_id: int, *, now: datetime, paid_at: datetime | None = None) -> None:
    """Let WeChat say that an order was paid; the worker has not drawn yet."""
    payment = Payment.objects.get(order_id=order_id)
    moment = paid_at or now
    lifecycle.mark_paid(payment_id=payment.pk, transaction_id=f"wx{payment.pk}", paid_at=moment, now=now)


def settle(order_id: int, *, now: datetime, late: bool = False) -> None:
    """Let the worker draw what was paid for."""
    source = OrderSource.DRAW
    handlers.settle_draw(OrderPaid(key=f"order:{order_id}", order_id=order_id, source=source, late=late), now=now)
