"""Money under simultaneous use: notices, workers, prepaying; each race has a control."""

from functools import partial
from itertools import count

import pytest

from activities.models import DrawBatch, DrawLog
from blindbox.common.invariants import violations
from blindbox.common.retry import in_transaction
from blindbox.integrations.wechat.pay.gateway import get_gateway
from blindbox.system import outbox
from blindbox.system.models import OutboxMessage
from orders.enums import OrderStatus
from orders.models import Order, Payment, PaymentCallback, Refund
from orders.payments import callbacks, prepay, settling
from orders.services import lifecycle
from tests.factories.accounts import make_member
from tests.factories.orders import buy, deliver, mark_paid, payment_of
from tests.races.conftest import Meeting, run_together
from tests.races.guards import without_unique
from tests.races.paying import ROUNDS, counted, errors, notice_of, soon, statuses

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


# fifty copies of one notice


@pytest.fixture
def flood(announced, wechat, live_server, settings):
    """Let WeChat tell one payment fifty times over ten threads, to a running server."""
    settings.WECHAT_NOTIFY_BASE = live_server.url

    def send():
        (order,) = announced(1)
        notices = wechat.ask("POST", f"payments/{order.order_no}/pay", times=50, threads=10)["notices"]
        return order, [each["status"] for each in notices]

    return send


def test_fifty_copies_of_one_notice_pay_once(flood, issue):
    order, answers = flood()
    assert answers == [204] * 50
    assert (PaymentCallback.objects.count(), statuses([order])) == (1, ["pending"])
    run_together(*[partial(deliver, now=soon())] * 4)
    assert OutboxMessage.objects.filter(topic="orders.payment_notified").count() == 1
    assert OutboxMessage.objects.filter(topic="orders.order_paid").count() == 1
    assert (statuses([order]), counted(issue)) == (["completed"], (2, 0))
    assert (DrawBatch.objects.count(), DrawLog.objects.count()) == (1, 2)
    assert violations() == []


def test_control_without_the_unique_notice_each_copy_is_stored(flood):
    with without_unique(PaymentCallback, "gateway", "notice_id"):
        _, answers = flood()
        assert (answers, PaymentCallback.objects.count()) == ([204] * 50, 50)
        assert {each.id for each in violations(["X3"])} == {"X3"}


def test_one_payment_settled_by_ten_at_once_is_settled_once(told, issue):
    (order,) = told(1)
    number = PaymentCallback.objects.get().transaction_id
    assert run_together(*[partial(mark_paid, order, transaction_id=number, now=soon())] * 10) == [None] * 10
    deliver(now=soon())
    assert Refund.objects.count() == 0
    assert (statuses([order]), counted(issue), DrawLog.objects.count()) == (["completed"], (2, 0), 2)


def test_control_read_then_write_settles_each_time(announced, monkeypatch):
    meeting = Meeting(5)

    def careless(*, payment_id, transaction_id, paid_at, now):
        payment = Payment.objects.get(pk=payment_id)
        order = Order.objects.get(pk=payment.order_id)
        meeting.wait()
        if order.status == OrderStatus.PENDING:
            order.status, order.paid_at, order.paid_fen = OrderStatus.PAID, paid_at, payment.amount_fen
            order.save()
            settled.append(order.pk)

    settled = list[int]()
    monkeypatch.setattr(lifecycle, "mark_paid", careless)
    (order,) = announced(1)
    run_together(*[partial(mark_paid, order, transaction_id="4200", now=soon())] * 5)
    assert len(settled) == 5


# workers


def test_ten_workers_on_one_notice_apply_it_once(told, issue):
    (order,) = told(1)
    now = soon()
    results = run_together(*[partial(outbox.deliver_next, now=now)] * 10)
    assert errors(results, Exception) == 0
    assert OutboxMessage.objects.get(topic="orders.payment_notified").attempts == 1
    deliver(now=soon())
    assert (statuses([order]), counted(issue)) == (["completed"], (2, 0))
    assert violations() == []


def test_control_without_the_claim_each_worker_begins_to_apply_it(told, monkeypatch):
    (order,), meeting, begun = told(1), Meeting(10), list[int]()
    apply = callbacks.process

    def careless(*, now):
        return meeting.look(OutboxMessage.objects.due(now=now).get, topic="orders.payment_notified")

    def counted_apply(*, callback_id, now):
        begun.append(callback_id)
        apply(callback_id=callback_id, now=now)

    monkeypatch.setattr(outbox, "_claim", careless)
    monkeypatch.setattr(callbacks, "process", counted_apply)
    run_together(*[partial(outbox.deliver_next, now=soon())] * 10)
    assert len(begun) >= 10  # a retry after a lock begins once more
    assert statuses([order]) == ["paid"]  # the notice's own row let one of them through


def test_a_notice_that_ten_apply_at_once_is_applied_once(told, issue):
    (order,) = told(1)
    apply = partial(callbacks.process, callback_id=notice_of(order), now=soon())
    assert run_together(*[apply] * 10) == [None] * 10
    assert OutboxMessage.objects.filter(topic="orders.order_paid").count() == 1
    deliver(now=soon())
    assert (statuses([order]), counted(issue), Refund.objects.count()) == (["completed"], (2, 0), 0)
    assert violations() == []


def test_control_who_looks_whether_it_is_applied_applies_it_each_time(told, monkeypatch):
    (order,), meeting, applied = told(1), Meeting(5), list[int]()
    monkeypatch.setattr(settling, "payment_result", lambda payment, received, *, now: applied.append(payment.pk))
    unapplied = PaymentCallback.objects.filter(pk=notice_of(order), processed_at=None)

    @in_transaction
    def careless():
        if meeting.look(unapplied.exists):
            PaymentCallback.objects.filter(pk=notice_of(order)).update(processed_at=soon())
            settling.payment_result(payment_of(order), None, now=soon())

    assert run_together(*[careless] * 5) == [None] * 5
    assert len(applied) == 5


# prepaying


def test_an_order_prepaid_ten_times_at_once_is_one_payment_at_wechat(issue, wechat):
    order = buy(make_member(), issue, now=soon())
    before = wechat.ask("GET", "payments")["total"]
    results = run_together(*[partial(prepay.ensure, order_id=order.pk, now=soon())] * 10)
    assert errors(results, Exception) == 0
    assert {each.params["package"] for each in results} == {f"prepay_id={payment_of(order).prepay_id}"}
    assert wechat.ask("GET", "payments")["total"] - before == 1


def test_control_a_number_for_each_attempt_makes_ten_payments(issue, wechat):
    order, numbers = buy(make_member(), issue, now=soon()), count(10)
    before = wechat.ask("GET", "payments")["total"]

    def careless():
        payment = payment_of(order)
        number = f"{payment.out_trade_no}{next(numbers)}"
        openid, expires_at = order.member.openid, payment.expires_at
        get_gateway().prepay(
            out_trade_no=number, amount_fen=1, openid=openid, description="x", expires_at=expires_at, now=soon()
        )

    run_together(*[careless] * 10)
    assert wechat.ask("GET", "payments")["total"] - before == 10


def test_notices_of_many_orders_at_once_settle_each_once(told, issue):
    placed = told(ROUNDS)
    run_together(*[partial(deliver, now=soon())] * 4)
    deliver(now=soon(seconds=30))
    assert statuses(placed) == ["completed"] * ROUNDS
    assert (counted(issue), DrawLog.objects.count()) == ((2 * ROUNDS, 0), 2 * ROUNDS)
    assert set(DrawLog.objects.values_list("sale_no", flat=True)) == set(range(1, 2 * ROUNDS + 1))
    assert violations() == []
