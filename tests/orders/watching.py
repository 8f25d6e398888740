"""What tests of an order's way look at, and the others who buy what it leaves."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from activities.models import Issue, IssueCounter
from orders.enums import PayWith
from orders.models import Order, Payment
from orders.services import lifecycle
from tests.factories import orders as factory


def soon(**after: float) -> datetime:
    return timezone.now() + timedelta(**after)


def facts(order: Order) -> tuple[str, int, int]:
    order.refresh_from_db()
    return order.status, order.paid_fen, order.refunded_fen


def counted(issue: Issue) -> tuple[int, int]:
    return IssueCounter.objects.values_list("sold", "reserved").get(pk=issue.pk)


def payment_status() -> str:
    return Payment.objects.values_list("status", flat=True).get()


def sell_out(make_member: Any, issue: Issue) -> None:
    """Let others buy what is left, by points."""
    while left := 20 - sum(counted(issue)):
        buyer = make_member(points_balance=100_000)
        factory.buy(buyer, issue, count=min(10, left), pay_with=PayWith.POINTS, now=soon())


def expire(order: Order) -> None:
    """Let an unpaid order lapse."""
    assert lifecycle.close_expired(now=soon(minutes=4)) == 1
    order.refresh_from_db()
    assert (order.status, order.close_reason) == ("closed", "expired")
