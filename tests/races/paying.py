"""Orders on their way to WeChat and back, for races: `announced` and `told` make them, the rest looks at them."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from activities.models import Issue, IssueCounter
from orders.models import Order, PaymentCallback
from orders.payments import prepay
from tests.factories.accounts import make_member
from tests.factories.activities import open_box
from tests.factories.orders import buy
from tests.orders.conftest import bring

ROUNDS = 10


def soon(**after: int) -> datetime:
    return timezone.now() + timedelta(**after)


@pytest.fixture
def issue() -> Issue:
    return open_box(total=200, last=False, now=timezone.now())


@pytest.fixture
def announced(issue, wechat) -> Callable[..., list[Order]]:
    """Make orders that WeChat knows of: announced(3)."""

    def make(n, box=None):
        placed = [buy(make_member(), box or issue, count=2, now=soon()) for _ in range(n)]
        for order in placed:
            prepay.ensure(order_id=order.pk, now=soon())
        return placed

    return make


@pytest.fixture
def told(announced, wechat, receiver) -> Callable[..., list[Order]]:
    """Make orders that were paid, and whose notice is stored and waits."""

    def make(n, box=None):
        placed = announced(n, box)
        for order in placed:
            receiver.reset()
            wechat.ask("POST", f"payments/{order.order_no}/pay")
            assert [bring(arrival).status_code for arrival in receiver.arrivals] == [204]
        return placed

    return make


def errors(results: Iterable[Any], kind: type[Exception]) -> int:
    return sum(isinstance(result, kind) for result in results)


def statuses(placed: Iterable[Order]) -> list[str]:
    return [Order.objects.values_list("status", flat=True).get(pk=order.pk) for order in placed]


def counted(issue: Issue) -> tuple[int, int]:
    return IssueCounter.objects.values_list("sold", "reserved").get(pk=issue.pk)


def notice_of(order: Order) -> int:
    return PaymentCallback.objects.get(out_trade_no=order.order_no).pk
