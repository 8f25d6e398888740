"""Payments that no notice settled: asked about in time, one odd answer or a silent WeChat costs nobody their turn."""

import threading
from datetime import timedelta

import pytest
from django.db import transaction

from blindbox.common.errors import Unavailable
from blindbox.common.http import CallInsideTransaction
from orders.models import Order, Payment
from orders.payments import asking, reconciling
from orders.payments.asking import SIDE_BY_SIDE, Round
from orders.services import query_schedule
from tests.factories.orders import NOW, deliver
from tests.orders.watching import counted, facts, soon

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_the_poller_settles_what_no_notice_told(placed, box, wechat):
    wechat.pay_in_silence(placed.order_no)
    assert reconciling.query_due_payments(now=soon(seconds=3)) == 0
    assert reconciling.query_due_payments(now=soon(seconds=6)) == 1
    deliver(now=soon(seconds=6))
    assert (facts(placed), counted(box)) == (("completed", 12_000, 0), (2, 0))
    assert reconciling.query_due_payments(now=soon(hours=2)) == 0


def test_the_poller_asks_six_times_by_its_schedule(placed, wechat):
    asked_at = [6, 31, 61, 301, 901, 3601]
    for seconds in asked_at:
        assert reconciling.query_due_payments(now=soon(seconds=seconds)) == 1
        assert reconciling.query_due_payments(now=soon(seconds=seconds)) == 0
    assert reconciling.query_due_payments(now=soon(days=3)) == 0
    assert facts(placed) == ("pending", 0, 0)


def test_one_odd_answer_does_not_keep_other_payments_waiting(order_draws, make_member, box, wechat):
    numbers = [
        order_draws(member, box, key=f"k{member.pk}").json()["payment"]["out_trade_no"]
        for member in (make_member(), make_member())
    ]
    for number in numbers:
        wechat.pay_in_silence(number)
    first = Payment.objects.earliest("next_query_at")
    Payment.objects.filter(pk=first.pk).update(amount_fen=5999)
    assert reconciling.query_due_payments(now=soon(seconds=7)) == 2
    assert set(Order.objects.values_list("status", flat=True)) == {"pending", "paid"}
    assert facts(Order.objects.get(payments=first))[0] == "pending"


def test_a_silent_wechat_ends_the_round_of_queries(order_draws, make_member, box, wechat):
    for member in (make_member(), make_member()):
        order_draws(member, box, key=f"k{member.pk}")
    wechat.fail("/v3/pay/transactions/out-trade-no", status=502, times=2)
    assert reconciling.query_due_payments(now=soon(seconds=7)) == 0
    assert reconciling.query_due_payments(now=soon(seconds=7)) == 0  # both were put off
    assert reconciling.query_due_payments(now=soon(seconds=40)) == 2


def test_a_question_that_wechat_left_open_is_not_one_of_the_six(placed, wechat):
    for seconds in (6, 31, 61, 301, 901):
        reconciling.query_due_payments(now=soon(seconds=seconds))
    wechat.pay_in_silence(placed.order_no)
    wechat.fail("/v3/pay/transactions/out-trade-no", status=502, times=3)
    asked = [reconciling.query_due_payments(now=soon(seconds=3601, hours=hours)) for hours in range(5)]
    assert asked == [0, 0, 0, 1, 0]
    deliver(now=soon(hours=5))
    assert facts(placed) == ("completed", 12_000, 0)


def test_a_wechat_that_stays_silent_is_asked_ever_more_seldom_and_not_for_ever(placed, wechat):
    wechat.fail("/v3/pay/transactions/out-trade-no", status=502, times=1000)
    for minutes in range(0, 6 * 24 * 60, 5):
        reconciling.query_due_payments(now=soon(minutes=minutes, seconds=6))
    assert Payment.objects.get().next_query_at is None
    assert 20 < wechat.calls("out-trade-no") < 50


def test_what_was_settled_while_it_was_asked_about_is_not_asked_again(placed, wechat):
    wechat.pay_in_silence(placed.order_no)
    [payment] = [reconciling._take_turn(pk, now=soon(seconds=6)) for pk in Payment.objects.values_list("pk", flat=True)]
    assert reconciling.settle_by_query(payment_id=payment.pk, now=soon(seconds=6)) is True
    reconciling._put_off(payment, now=soon(seconds=7))
    assert Payment.objects.get().next_query_at is None


def test_a_turn_is_taken_by_one(placed, wechat):
    pk = Payment.objects.get().pk
    first, second = (reconciling._take_turn(pk, now=soon(seconds=6)) for _ in range(2))
    assert (first.pk, second) == (pk, None)


def test_the_longest_due_come_first_and_no_more_than_the_limit(order_draws, make_member, box, wechat):
    for seconds in (3, 1, 2):
        order_draws(make_member(), box, key=f"k{seconds}")
        newest = Payment.objects.latest("pk")
        Payment.objects.filter(pk=newest.pk).update(next_query_at=soon(seconds=seconds))
    assert reconciling.query_due_payments(now=soon(seconds=9), limit=2) == 2
    assert list(Payment.objects.order_by("pk").values_list("queries", flat=True)) == [0, 1, 1]


# rounds, without WeChat


def a_round(ask, *, applied=None, put_off=None):
    return Round(
        take=lambda pk: pk,
        ask=ask,
        apply=lambda row, answer: (applied if applied is not None else []).append((row, answer)),
        put_off=(put_off if put_off is not None else []).append,
    )


def silent(row):
    raise Unavailable


def test_questions_are_asked_side_by_side():
    together = threading.Barrier(SIDE_BY_SIDE)
    applied = []
    assert a_round(lambda row: together.wait(30) >= 0, applied=applied).run(range(SIDE_BY_SIDE)) == SIDE_BY_SIDE
    assert applied == [(row, True) for row in range(SIDE_BY_SIDE)]


def test_a_silent_wechat_is_asked_by_one_handful_only():
    put_off = []
    assert a_round(silent, put_off=put_off).run(range(100)) == 0
    assert put_off == list(range(SIDE_BY_SIDE))


def test_one_row_that_is_never_answered_stops_nobody():
    put_off, applied = [], []
    stubborn = a_round(lambda row: silent(row) if row == 3 else row, applied=applied, put_off=put_off)
    assert stubborn.run(range(20)) == 19
    assert (put_off, len(applied)) == ([3], 19)


def test_whatever_an_answer_breaks_the_others_are_recorded():
    def ask(row):
        if row == 1:
            raise ZeroDivisionError
        return row

    applied = []
    broken = Round(take=lambda pk: pk, ask=ask, apply=lambda row, _: applied.append(6 // (row - 2)), put_off=print)
    assert broken.run(range(4)) == 4
    assert applied == [-3, 6]


def test_a_round_ends_after_its_seconds_and_the_rest_keep_their_turn(monkeypatch):
    monkeypatch.setattr(asking, "LONGEST_RUN_SECONDS", 0.0)
    taken = []
    slow = Round(take=lambda pk: taken.append(pk) or pk + 1, ask=abs, apply=max, put_off=print)
    assert slow.run(range(100)) == SIDE_BY_SIDE
    assert taken == list(range(SIDE_BY_SIDE))


@pytest.mark.django_db(transaction=True)
def test_wechat_is_never_asked_inside_a_transaction():
    with transaction.atomic(), pytest.raises(CallInsideTransaction):
        a_round(abs).run([1])


# the schedule


@pytest.mark.parametrize(
    ("age", "pause"),
    [
        (timedelta(seconds=5), timedelta(seconds=30)),
        (timedelta(minutes=2), timedelta(seconds=30)),
        (timedelta(hours=1), timedelta(minutes=15)),
        (3 * DAY - timedelta(seconds=4), timedelta(hours=18) - timedelta(seconds=1)),
    ],
)
def test_the_older_a_payment_the_longer_an_unanswered_question_waits(age, pause):
    assert query_schedule.unanswered(NOW - age, NOW) == NOW + pause


def test_after_three_days_an_unanswered_question_is_dropped():
    assert query_schedule.unanswered(NOW - 3 * DAY, NOW) is None
