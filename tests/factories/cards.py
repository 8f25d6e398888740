"""对对碰 on sale: by pairs, and where the cards are goods."""

import secrets
from datetime import datetime
from typing import Any

from accounts.models import Member
from activities.models import Issue
from activities.services import opening, purchases
from blindbox.system.audit import SYSTEM
from blindbox.system.idempotency import Claim
from orders.enums import PayWith
from tests.factories.activities import NOW, make_activity, make_draft, make_product

CARDS = [{"type": kind, "name": name, "count": 4} for kind, name in enumerate("鲸鲨龟蟹", start=1)]
BY_PAIRS = {"variant": "score", "cards": CARDS, "hand": 4, "gain": 1}
GOODS = {"variant": "goods", "cards": CARDS, "hand": 3, "gain": 1, "lucky_gain": 1, "different_gain": 1}
TIERS = [("A", 3), ("B", 2), ("C", 0)]  # of a hand of four of these cards: 11.7 %, 35.6 %, 52.7 %


def tiers(product_id: int, *, only_products: bool = False, **limits: int) -> list[dict[str, Any]]:
    """Return a product for two pairs or more, else points or a product; `limits`: how many there are of a level."""
    own = {"kind": "product", "product_id": product_id, "name": "手办", "reference_value_fen": 9900, "cost_fen": 3000}
    points = {"kind": "points", "points": 50, "name": "50 积分", "reference_value_fen": 500}
    return [
        {
            **(own if node or only_products else points),
            "level": level,
            "node": node,
            "sort": sort,
            "quantity": limits.get(level),
        }
        for sort, (level, node) in enumerate(TIERS, start=1)
    ]


def open_by_pairs(
    *, now: datetime = NOW, config: dict[str, Any] | None = None, only_products: bool = False, **limits: int
) -> Issue:
    """Return an open issue whose sessions are settled by their pairs."""
    activity = make_activity(gameplay="match", now=now, config=config or BY_PAIRS)
    issue = make_draft(
        activity,
        tiers(make_product(stock=10_000 if only_products else 1000).pk, only_products=only_products, **limits),
        now=now,
    )
    return opening.open_issue(issue_id=issue.pk, actor=SYSTEM, now=now)


def open_goods(*, now: datetime = NOW, quantity: int | None = None, **config: Any) -> Issue:
    """Return an open issue whose sessions yield every card that they deal; of type 1 there may be few."""
    activity = make_activity(gameplay="match", now=now, config={**GOODS, **config})
    rewards = [
        {"kind": "product", "product_id": make_product(name=card["name"]).pk, "level": "卡", "name": card["name"]}
        | {"node": card["type"], "sort": card["type"], "reference_value_fen": 2000, "cost_fen": 500}
        for card in CARDS
    ]
    rewards[0]["quantity"] = quantity
    return opening.open_issue(issue_id=make_draft(activity, rewards, now=now).pk, actor=SYSTEM, now=now)


def play(
    member: Member, issue: Issue, count: int = 1, *, choice: str = "", now: datetime, pay_with: PayWith = PayWith.POINTS
) -> purchases.Purchase:
    """Buy sessions, with points unless told otherwise."""
    claim = Claim("member", member.pk, secrets.token_hex(8), secrets.token_hex(32))
    wish = purchases.Wish(issue.pk, count, pay_with, secrets.token_hex(16), choice=choice)
    return purchases.buy(member_id=member.pk, activity_id=issue.activity_id, wish=wish, claim=claim, now=now)
