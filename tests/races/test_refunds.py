"""Money on its way back under simultaneous use: decided once, sent once, counted once; each race has a control."""

from functools import partial
from itertools import count

import pytest
from django.db import IntegrityError
from django.db.models import F

from accounts.models import PointAccount
from activities.services import refunding as staff
from blindbox.common.invariants import violations
from blindbox.common.retry import in_transaction
from blindbox.system import outbox
from blindbox.system.audit import SYSTEM
from blindbox.system.models import OutboxMessage
from orders.enums import PayWith, RefundReason
from orders.errors import OrderNotRefundable, RefundNotRepeatable, RefundTooMuch
from orders.models import ClosedRefundNumber, Order, Payment, Refund
from orders.payments import refund_progress
from orders.services import refunding
from tests.factories.accounts import make_member
from tests.factories.orders import buy, deliver, make_refund, payment_of
from tests.races.conftest import Meeting, run_together
from tests.races.paying import errors, soon

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
_numbers = count(1)


@pytest.fixture
def refund_to_send(told, issue):
    (order,) = told(1)
    deliver(now=soon())
    refund(order)
    return Refund.objects.get()


def refund(order):
    return staff.refund_order(order_id=order.pk, reason="客诉", actor=SYSTEM, now=soon())


# sending


def test_ten_workers_send_one_refund_once(refund_to_send, wechat):
    now = soon()
    assert errors(run_together(*[partial(outbox.deliver_next, now=now)] * 10), Exception) == 0
    assert wechat.calls("POST /v3/refund") == 1
    refund_to_send.refresh_from_db()
    assert refund_to_send.status == "processing"
    assert violations() == []


def test_control_without_the_claim_each_worker_calls_wechat(refund_to_send, wechat, monkeypatch):
    meeting = Meeting(10)

    def careless(*, now):
        message = OutboxMessage.objects.due(now=now).get(topic="orders.refund_requested")
        meeting.wait()
        return message

    monkeypatch.setattr(outbox, "_claim", careless)
    run_together(*[partial(outbox.deliver_next, now=soon())] * 10)
    assert wechat.calls("POST /v3/refund") > 1


# deciding


def test_of_ten_refunds_at_once_one_is_made(told, wechat):
    (order,) = told(1)
    deliver(now=soon())
    results = run_together(*[partial(refund, order)] * 10)
    assert errors(results, OrderNotRefundable) == 9
    assert Refund.objects.get().amount_fen == payment_of(order).refunding_fen == 12_000
    assert violations() == []


def test_control_read_then_write_refunds_each_time(told):
    (order,), meeting = told(1), Meeting(5)
    deliver(now=soon())

    def careless():
        payment = Payment.objects.get(order=order)
        meeting.wait()
        if payment.refunding_fen == 0:
            payment.refunding_fen = payment.amount_fen
            payment.save()
            Refund.objects.create(
                order=order,
                payment=payment,
                out_refund_no=f"R{next(_numbers)}",
                amount_fen=payment.amount_fen,
                reason=RefundReason.STAFF,
            )

    run_together(*[careless] * 5)
    assert Refund.objects.count() == 5
    assert {each.id for each in violations(["P5"])} == {"P5"}


def test_of_ten_refunds_of_points_at_once_one_returns_them(issue):
    member = make_member(points_balance=1000)
    order = buy(member, issue, pay_with=PayWith.POINTS, now=soon())
    assert errors(run_together(*[partial(refund, order)] * 10), OrderNotRefundable) == 9
    assert PointAccount.objects.get(member=member, kind="general").balance == 1000
    assert violations() == []


def test_a_surplus_that_ten_find_goes_back_once(told, wechat):
    (order,) = told(1)
    deliver(now=soon())
    payment = payment_of(order)
    results = run_together(*[partial(refunding.request_surplus, payment_id=payment.pk, now=soon())] * 10)
    assert errors(results, RefundTooMuch) == 9
    assert Refund.objects.count() == 1


def test_control_who_looks_whether_money_is_set_aside_sends_a_surplus_back_each_time(told):
    (order,), meeting = told(1), Meeting(5)
    deliver(now=soon())
    payment = payment_of(order)
    free = Payment.objects.filter(pk=payment.pk, refunding_fen=0)

    def careless():
        if meeting.look(free.exists):
            Payment.objects.filter(pk=payment.pk).update(refunding_fen=payment.amount_fen)
            make_refund(payment, out_refund_no=f"R{next(_numbers)}", reason=RefundReason.SURPLUS)

    assert run_together(*[careless] * 5) == [None] * 5
    assert Refund.objects.count() == 5
    assert "P5" in {each.id for each in violations(["P5"])}


# finishing


def test_a_refund_that_ten_notices_finish_is_counted_once(refund_to_send):
    order = refund_to_send.order
    number = refund_to_send.out_refund_no
    finish = partial(refunding.succeeded, number=number, provider_id="5030", at=soon(), now=soon())
    assert run_together(*[finish] * 10) == [None] * 10
    order.refresh_from_db()
    assert (order.status, order.refunded_fen) == ("refunded", 12_000)
    deliver(now=soon())
    assert violations() == []


def test_control_who_looks_whether_it_is_finished_is_stopped_only_by_the_orders_own_check(refund_to_send):
    meeting, refund = Meeting(5), refund_to_send
    unfinished = Refund.objects.filter(pk=refund.pk).exclude(status="succeeded")

    @in_transaction
    def careless():
        if meeting.look(unfinished.exists):
            Refund.objects.filter(pk=refund.pk).update(status="succeeded", succeeded_at=soon())
            Order.objects.filter(pk=refund.order_id).update(refunded_fen=F("refunded_fen") + refund.amount_fen)

    assert errors(run_together(*[careless] * 5), IntegrityError) == 4
    assert Order.objects.get(pk=refund.order_id).refunded_fen == 12_000


# starting again what WeChat closed


@pytest.fixture
def closed_refund(refund_to_send, wechat):
    """A refund that WeChat closed without moving money."""
    deliver(now=soon())
    wechat.end_refund(refund_to_send.out_refund_no, "fail", closed=True)
    deliver(now=soon())
    refund_to_send.refresh_from_db()
    assert refund_to_send.failure_kind == "closed"
    return refund_to_send


def test_of_ten_operators_who_start_a_closed_refund_again_one_does(closed_refund, wechat):
    again = partial(
        refund_progress.start_again, refund_id=closed_refund.pk, reason="微信关闭", actor=SYSTEM, now=soon()
    )
    assert errors(run_together(*[again] * 10), RefundNotRepeatable) == 9
    run_together(*[partial(deliver, now=soon())] * 4)
    number = f"{closed_refund.out_refund_no}-2"
    assert [each["out_refund_no"] for each in wechat.ask("GET", "refunds")["list"]][:2] == [
        number,
        closed_refund.out_refund_no,
    ]
    wechat.end_refund(number)
    deliver(now=soon())
    closed_refund.order.refresh_from_db()
    assert (closed_refund.order.status, closed_refund.order.refunded_fen) == ("refunded", 12_000)
    assert violations() == []


def test_control_who_looks_first_is_stopped_only_by_the_key_of_closed_numbers(closed_refund):
    meeting, suffixes = Meeting(5), count(2)
    closed = Refund.objects.filter(pk=closed_refund.pk, failure_kind="closed")

    @in_transaction
    def careless(*, refund_id, closed_number, now):
        if meeting.look(closed.exists):
            number = f"{closed_number}-{next(suffixes)}"
            Refund.objects.filter(pk=refund_id).update(out_refund_no=number, status="requested", failure_kind="")
            ClosedRefundNumber.objects.create(refund_id=refund_id, out_refund_no=closed_number, replaced_at=now)

    number = closed_refund.out_refund_no
    again = partial(careless, refund_id=closed_refund.pk, closed_number=number, now=soon())
    assert errors(run_together(*[again] * 5), IntegrityError) == 4
