"""The product's own invariants as the schedule runs them: over the newest rows, and quiet in a good shop."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import PointAccount
from activities.models import DrawBatch
from blindbox.common import invariants
from blindbox.common.invariants import Pace, newest, registered
from blindbox.system.models import OutboxMessage
from blindbox.system.services import checking
from orders.enums import PayWith
from orders.models import Order, Payment, PaymentCallback
from orders.payments import callbacks
from tests.factories.accounts import make_member
from tests.factories.activities import open_box
from tests.factories.orders import buy, deliver, make_notice
from tests.planting import unchecked

pytestmark = pytest.mark.django_db
PACES = {each.id: each.pace for each in registered()}
LATEST = sorted(each.id for each in registered() if any(part.pace is Pace.LATEST for part in each.parts))


@pytest.fixture
def trade():
    """Two orders, paid by points and by WeChat."""
    now = timezone.now()
    issue = open_box(total=20, now=now)
    buy(make_member(points_balance=1000), issue, pay_with=PayWith.POINTS, now=now)
    paid = buy(make_member(), issue, now=now)
    callbacks.record(make_notice(paid), gateway="wechat_v3", now=now)
    deliver(now=now)
    return paid


PLANTED = {
    "M1": lambda: PointAccount.objects.filter(balance__gt=0).update(balance=1),
    "P1": lambda: Payment.objects.update(status="prepared"),
    "P2": lambda: Order.objects.update(goods_fen=1, payable_fen=1),
    "P3": lambda: Payment.objects.update(status="surplus"),
    "P5": lambda: Payment.objects.update(refunding_fen=1),
    "P6": lambda: DrawBatch.objects.update(count=7),
    "X2": lambda: OutboxMessage.objects.filter(topic="orders.order_paid").delete(),
    "X3": lambda: PaymentCallback.objects.update(transaction_id="another"),
}


def found(name):
    return list(next(each for each in registered() if each.id == name).look(newest))


def test_each_check_of_the_newest_rows_has_a_planted_violation():
    assert sorted(PLANTED) == LATEST
    assert {name for name, pace in PACES.items() if pace is Pace.ALWAYS} == {"K1", "X2"}


@pytest.mark.parametrize("name", LATEST)
def test_among_the_newest_rows_it_is_found_and_behind_them_left_for_the_night(trade, monkeypatch, name):
    assert found(name) == []
    with unchecked():
        PLANTED[name]()
    assert len(found(name)) > 0
    monkeypatch.setattr(invariants, "NEWEST", 0)
    assert found(name) == []


def test_a_good_shop_is_quiet(trade):
    assert checking.check_latest(now=timezone.now()) == 0
    assert checking.check_everything(now=timezone.now()) == 0


def test_the_frequent_checks_cost_the_same_for_many_orders(trade):
    with CaptureQueriesContext(connection) as few:
        checking.check_latest(now=timezone.now())
    for _ in range(5):
        buy(make_member(points_balance=1000), open_box(now=timezone.now()), pay_with=PayWith.POINTS, now=timezone.now())
    deliver(now=timezone.now())
    with CaptureQueriesContext(connection) as many:
        checking.check_latest(now=timezone.now())
    assert len(many) == len(few)
