"""Sessions of the generic draw tool, open and ready to draw from."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from accounts.models import Member
from activities.models import Activity, Issue, RewardDrop, SessionDraw
from activities.services import approving, opening
from activities.services.glue import drawing, planning
from activities.services.glue.drawing import Answer, Ticket
from blindbox.system import outbox
from blindbox.system.audit import SYSTEM
from blindbox.system.idempotency import Claim
from orders.models import Order
from tests.factories.activities import NOW, make_activity, make_draft
from tests.factories.odds import open_issue_of
from tests.factories.orders import buy, mark_paid

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CHECKS = ["D1", "D11", "D13", "D2", "D3", "D4", "D5", "D7", "D9", "P1", "P2", "P6", "P7", "M1", "M4", "M6", "X2"]


def points(level: str, n: int = 5, **columns: Any) -> dict[str, Any]:
    """Return a prize of points."""
    return {"level": level, "name": f"{n} 积分", "kind": "points", "points": n, "image_url": f"/{level}.svg", **columns}


SURE = [points("A", odds_ppm=1_000_000)]
LATER = [points("A", odds_ppm=1_000_000, quantity=1)]  # with a plan, nothing is won before it releases
LEVELS = [points("A", 5, node=1, odds_ppm=1_000_000), points("B", 7, node=2, odds_ppm=1_000_000)]
DYNAMIC = [points("A", 9, quantity=50, weight=10), points("B", 3, quantity=200, weight=1)]


def make_tool(gameplay: str = "timed", *, now: datetime = NOW, **values: Any) -> Activity:
    """Return a free activity of the tool."""
    return make_activity(gameplay=gameplay, now=now, **{"price_fen": None, "price_points": None, **values})


def make_session(
    activity: Activity, rewards: Sequence[dict[str, Any]] = SURE, *, now: datetime = NOW, **values: Any
) -> Issue:
    """Return a draft of a session of two days; what it gives away is approved."""
    issue = make_draft(activity, rewards, now=now, **{"starts_at": now - HOUR, "ends_at": now + 2 * DAY, **values})
    approving.approve_loss(issue_id=issue.pk, budget_fen=10**9, reason="引流", actor=SYSTEM, now=now)
    return issue


def open_session(
    activity: Activity,
    rewards: Sequence[dict[str, Any]] = SURE,
    *,
    drops: Sequence[tuple[str, datetime, int]] = (),
    now: datetime = NOW,
    **values: Any,
) -> Issue:
    """Return an open session; `drops` are (level of the prize, moment, quantity)."""
    issue = make_session(activity, rewards, now=now, **values)
    ids = {reward.level: reward.pk for reward in issue.rewards.all()}
    rows = [{"reward_id": ids[level], "release_at": at, "quantity": n} for level, at, n in drops]
    planning.add(issue_id=issue.pk, drops=rows, actor=SYSTEM, now=now)
    return opening.open_issue(issue_id=issue.pk, actor=SYSTEM, now=now)


def draw(member: Member, activity: Activity, *, now: datetime = NOW, key: str | None = None, **brought: str) -> Answer:
    """Draw once, as the requirement's route does."""
    claim = Claim("member", member.pk, key, "f" * 64) if key else None
    ticket = Ticket(member.pk, secrets.token_hex(16), **brought)
    return drawing.draw(activity.serial_no, ticket, claim=claim, now=now)


def deliver(*, now: datetime = NOW) -> int:
    """Deliver what is due, including what that publishes."""
    return outbox.deliver_due(clock=lambda: now, limit=1000)


def paid_order(member: Member, *, fen: int = 6_000, now: datetime = NOW) -> Order:
    """Return an order that a member paid by WeChat, drawn from an activity beside the tool."""
    order = buy(member, open_issue_of([("C", 1_000_000)], price_fen=fen, name=f"正价 {fen}", now=now), now=now)
    mark_paid(order, now=now)
    deliver(now=now)
    order.refresh_from_db()
    return order


def counts() -> tuple[int, int]:
    """Return how many orders and records of draws there are: a refusal leaves neither."""
    return Order.objects.count(), SessionDraw.objects.count()


def released(issue: Issue) -> list[tuple[str, str]]:
    """Return each row of a plan with what became of it."""
    rows = RewardDrop.objects.filter(issue=issue).order_by("release_at", "pk").select_related("reward")
    return [(row.reward.level, row.status) for row in rows]
