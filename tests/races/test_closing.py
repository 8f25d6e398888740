"""An order that lapses or is cancelled while its money arrives: served or refunded, never lost; with controls."""

from functools import partial

import pytest
from django.db.models import F
from django.utils import timezone

from activities import store
from activities.errors import HoldStillOpen
from activities.models import DrawBatch, DrawLog, IssueCounter
from activities.services import draws, holds
from blindbox.common.errors import Unavailable
from blindbox.common.invariants import violations
from blindbox.system.models import OutboxMessage
from orders.enums import CloseReason, OrderStatus, PayWith
from orders.errors import OrderNotCancellable
from orders.models import Order, Refund
from orders.payments import callbacks
from orders.services import lifecycle
from tests.factories.accounts import make_member
from tests.factories.activities import open_box
from tests.factories.orders import buy, deliver
from tests.races.conftest import Meeting, run_together, with_head_start
from tests.races.paying import ROUNDS, counted, errors, notice_of, soon, statuses

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]

# expiry and cancelling against the payment


def settle_and_close(placed, close):
    """Process each order's notice and close the order at once; return how often closing came first."""
    late = 0
    for head_start, order in enumerate(placed):
        process = partial(callbacks.process, callback_id=notice_of(order), now=soon(minutes=4))
        results = run_together(process, partial(close_after, 2 * head_start, close, order))
        assert results[0] is None
        closed = results[1] is True
        assert closed or results[1] is False or isinstance(results[1], OrderNotCancellable)
        late += closed
    return late


def close_after(statements, close, order):
    """Close after that many statements, so that over the rounds either side comes first."""
    for _ in range(statements):
        Order.objects.filter(pk=order.pk).exists()
    return close(order)


def expire(order):
    return lifecycle.close_if_expired(order_id=order.pk, now=soon(minutes=4))


def cancel(order):
    return bool(lifecycle.cancel(member_id=order.member_id, order_no=order.order_no, now=soon(minutes=4)))


@pytest.mark.parametrize("close", [expire, cancel])
def test_whoever_pays_while_the_order_is_closed_gets_the_draws(told, issue, close):
    placed = told(ROUNDS)
    late = settle_and_close(placed, close)
    events = OutboxMessage.objects.filter(topic="orders.order_paid", subscriber="activities.settle_draw")
    assert sum(message.payload["late"] for message in events) == late
    deliver(now=soon(minutes=4))
    deliver(now=soon(minutes=6))
    assert statuses(placed) == ["completed"] * ROUNDS
    assert (counted(issue), DrawLog.objects.count()) == ((2 * ROUNDS, 0), 2 * ROUNDS)
    assert Refund.objects.count() == 0
    assert violations() == []


@pytest.mark.parametrize("close", [expire, cancel])
@pytest.mark.parametrize("closes_first", [True, False])
def test_either_side_that_comes_first_is_served(told, issue, monkeypatch, close, closes_first):
    (order,) = told(1)
    process, closing = (
        partial(callbacks.process, callback_id=notice_of(order), now=soon(minutes=4)),
        partial(close, order),
    )
    if closes_first:
        closed, processed = with_head_start(monkeypatch, lifecycle, "_close", closing, process)
    else:
        processed, closed = with_head_start(monkeypatch, lifecycle, "_payment_succeeded", process, closing)
    assert processed is None
    assert closed is True if closes_first else closed is False or isinstance(closed, OrderNotCancellable)
    event = OutboxMessage.objects.get(topic="orders.order_paid", subscriber="activities.settle_draw")
    assert event.payload["late"] is closes_first
    deliver(now=soon(minutes=4))
    deliver(now=soon(minutes=6))
    assert (statuses([order]), counted(issue), Refund.objects.count()) == (["completed"], (2, 0), 0)
    assert violations() == []


@pytest.mark.parametrize("close", [expire, cancel])
def test_whoever_pays_for_what_is_gone_gets_the_money_back(told, wechat, close):
    box = open_box(total=2 * ROUNDS, last=False, now=timezone.now())
    placed = told(ROUNDS, box)
    settle_and_close(placed, close)
    for order in placed:
        holds.release(order_id=order.pk, now=soon(minutes=4))
    for _ in range(2):
        buy(make_member(points_balance=10_000), box, count=ROUNDS, pay_with=PayWith.POINTS, now=soon())
    deliver(now=soon(minutes=4))
    assert statuses(placed) == ["refunding"] * ROUNDS
    for refund in Refund.objects.all():
        wechat.end_refund(refund.out_refund_no)
    deliver(now=soon(minutes=4))
    assert statuses(placed) == ["refunded"] * ROUNDS
    assert sum(Order.objects.values_list("refunded_fen", flat=True)) == 12_000 * ROUNDS
    deliver(now=soon(minutes=6))
    assert violations() == []


def test_control_read_then_write_closes_what_was_paid(told):
    (order,), looked, paid = told(1), Meeting(2), Meeting(2)

    def careless():
        known = Order.objects.get(pk=order.pk)
        looked.wait()
        paid.wait()
        known.status, known.close_reason, known.closed_at = OrderStatus.CLOSED, CloseReason.EXPIRED, soon()
        known.save()

    def process():
        looked.wait()
        callbacks.process(callback_id=notice_of(order), now=soon())
        paid.wait()

    run_together(careless, process)
    assert statuses([order]) == ["closed"]
    assert {each.id for each in violations(["P1", "P3"])} == {"P1", "P3"}


# a hold that is released while its money arrives


def paid_and_closed(placed):
    for order in placed:
        expire(order)
        callbacks.process(callback_id=notice_of(order), now=soon(minutes=4))


def settle(order):
    return draws.settle_order(order_id=order.pk, paid_at=soon(), now=soon(minutes=4))


def test_a_hold_that_is_released_while_its_money_arrives_counts_once(told, issue):
    placed = told(ROUNDS)
    paid_and_closed(placed)
    for order in placed:
        release = partial(holds.release, order_id=order.pk, now=soon(minutes=4))
        results = run_together(partial(settle, order), release)
        assert errors(results, Exception) == 0
    assert counted(issue) == (2 * ROUNDS, 0)
    assert DrawLog.objects.count() == 2 * ROUNDS
    deliver(now=soon(minutes=4))
    deliver(now=soon(minutes=6))
    assert counted(issue) == (2 * ROUNDS, 0)
    assert violations() == []


def test_control_a_careless_release_frees_what_was_sold(told, issue):
    (order, _), looked, settled = told(2), Meeting(2), Meeting(2)
    paid_and_closed([order])

    def careless():
        batch = DrawBatch.objects.get(order_id=order.pk)
        looked.wait()
        settled.wait()
        if batch.status == "held":
            freed = {"status": "released", "hold_slot": None, "settled_at": None, "lapsed_at": soon()}
            DrawBatch.objects.filter(pk=batch.pk).update(**freed)
            IssueCounter.objects.filter(pk=issue.pk).update(reserved=F("reserved") - batch.count)

    def pay():
        looked.wait()
        settle(order)
        settled.wait()

    run_together(careless, pay)
    assert {each.id for each in violations(["P6", "D11"])} == {"P6", "D11"}


# buying again after a cancel


@pytest.fixture
def cancelled(issue):
    """An order that was cancelled before WeChat heard of it, beside another member's of the same size."""
    order, _ = (buy(make_member(), issue, count=2, now=soon()) for _ in range(2))
    lifecycle.cancel(member_id=order.member_id, order_no=order.order_no, now=soon())
    return order


def buy_again(order, issue):
    return buy(order.member, issue, count=3, now=soon())


def test_what_was_cancelled_makes_room_once_however_many_purchases_and_workers_find_it(cancelled, issue):
    release = partial(holds.release, order_id=cancelled.pk, now=soon())
    results = run_together(*[partial(buy_again, cancelled, issue)] * 5, *[release] * 3)
    bought = [result for result in results[:5] if isinstance(result, Order)]
    assert (len(bought), errors(results[:5], HoldStillOpen) + errors(results[:5], Unavailable)) == (1, 4)
    assert set(results[5:]) <= {True, False}
    assert counted(issue) == (0, 5)
    assert violations(["D2", "D11", "P6"]) == []


def test_control_a_release_that_looks_first_frees_it_for_each(cancelled, issue):
    meeting, batch = Meeting(2), DrawBatch.objects.get(order_id=cancelled.pk)

    def careless():
        if meeting.look(DrawBatch.objects.filter(pk=batch.pk, status="held").exists):
            freed = {"status": "released", "hold_slot": None, "settled_at": None, "lapsed_at": soon()}
            DrawBatch.objects.filter(pk=batch.pk).update(**freed)
            store.release(issue.pk, batch.count)

    assert run_together(careless, careless) == [None, None]
    assert counted(issue) == (0, 0)
    assert {each.id for each in violations(["D11"])} == {"D11"}
