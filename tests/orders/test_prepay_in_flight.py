"""An announcement that reaches WeChat after the close that found nothing there: it can be paid, so it is looked at."""

from datetime import timedelta

import pytest
from django.utils import timezone

from activities.models import DrawLog
from blindbox.integrations.wechat.pay.gateway import get_gateway
from orders.models import Order, Payment
from orders.payments import prepay, reconciling
from orders.services import lifecycle
from tests.factories.accounts import make_member
from tests.factories.orders import buy, deliver

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def overtaken(box, wechat, monkeypatch):
    """An order that was cancelled, and closed at WeChat, while its announcement was on its way."""
    order = buy(make_member(), box, count=2, now=timezone.now())
    announce = type(get_gateway()).prepay

    def slow(self, **facts):
        lifecycle.cancel(member_id=order.member_id, order_no=order.order_no, now=timezone.now())
        deliver(now=timezone.now())
        return announce(self, **facts)

    monkeypatch.setattr(type(get_gateway()), "prepay", slow)
    prepay.ensure(order_id=order.pk, now=timezone.now())
    assert Payment.objects.get().status == "closed"
    return order


def status(order):
    return Order.objects.values_list("status", flat=True).get(pk=order.pk)


def test_its_money_is_found_without_any_notice(overtaken, wechat):
    wechat.pay_in_silence(overtaken.order_no)
    after = Payment.objects.get().expires_at
    assert reconciling.query_due_payments(now=after - timedelta(seconds=1)) == 0
    assert reconciling.query_due_payments(now=after) == 1
    deliver(now=after + timedelta(minutes=1))
    assert (status(overtaken), DrawLog.objects.count()) == ("completed", 2)


def test_unpaid_it_stays_closed_and_is_not_asked_about_for_ever(overtaken):
    after = Payment.objects.get().expires_at
    for hours in range(8):
        reconciling.query_due_payments(now=after + timedelta(hours=hours))
    assert (status(overtaken), Payment.objects.get().next_query_at) == ("closed", None)
