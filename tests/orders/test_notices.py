"""The notification URL: what is not WeChat's, not ours or not of now changes nothing and calls nobody."""

import json
import socket
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from blindbox.common.invariants import violations
from blindbox.integrations.wechat.sandbox.forgeries import Recipe, compose
from blindbox.system.models import OutboxMessage
from orders.enums import RefundReason
from orders.models import Order, Payment, PaymentCallback, Refund
from orders.payments import reconciling
from orders.services import refunding
from tests.factories.orders import deliver
from tests.integrations.receiver import Arrival
from tests.orders.conftest import NOTIFY, bring

pytestmark = pytest.mark.django_db
FORGED = {
    "amount": 401,
    "signature": 401,
    "mchid": 403,
    "appid": 403,
    "timestamp": 401,
    "serial": 401,
    "unsigned": 401,
    "probe": 401,
    "garbage": 400,
}


def state():
    tables = (Order, Payment, PaymentCallback, Refund, OutboxMessage)
    return [list(model.objects.order_by("pk").values()) for model in tables]


@pytest.fixture
def order(order_draws, member, box, wechat):
    order_draws(member, box)
    return Order.objects.get()


@pytest.fixture
def genuine(order, wechat, receiver):
    """The notice that the order was paid; it has not reached the shop yet."""
    wechat.ask("POST", f"payments/{order.order_no}/pay")
    return receiver.wait_for(1)[0]


@pytest.fixture
def unchanged(order, sandbox, monkeypatch):
    """Whatever the test does to the URL, no row changes and no connection is opened."""
    before, attempts = state(), list[object]()

    def check(send):
        with monkeypatch.context() as patch:
            patch.setattr(socket.socket, "connect", lambda _, address: attempts.append(address))
            answer = send()
        assert attempts == []
        assert state() == before
        return answer

    return check


@pytest.fixture
def sign(platform, order, wechat):
    """Make notices that WeChat really signed: sign(amount={…}) changes the honest one's content."""
    paid = wechat.ask("POST", f"payments/{order.order_no}/pay")["payment"]

    def make(*, notice_id="EV-signed", event="TRANSACTION.SUCCESS", how=None, **changes):
        resource = {
            "appid": wechat.server.keys.app_id,
            "mchid": wechat.server.keys.mch_id,
            "out_trade_no": paid["out_trade_no"],
            "transaction_id": paid["transaction_id"],
            "trade_state": "SUCCESS",
            "payer": {"openid": paid["openid"]},
            "amount": {"total": 6000, "payer_total": 6000, "currency": "CNY", "payer_currency": "CNY"},
            "success_time": paid["paid_at"],
        }
        resource = {**resource, **changes}
        headers, body = compose(platform, notice_id=notice_id, event=event, resource=resource, how=how or Recipe())
        return Arrival(NOTIFY, headers, body)

    return make


@pytest.mark.parametrize("tamper,status", FORGED.items())
@pytest.mark.parametrize("path", ["notify", "refund_notify"])
def test_a_forged_notice_is_refused(order, wechat, receiver, unchanged, tamper, status, path):
    wechat.ask("POST", f"payments/{order.order_no}/pay", tamper=tamper)
    (arrival,) = receiver.wait_for(1)
    answer = unchanged(lambda: bring(arrival, path=f"/api/payments/wechat_v3/{path}"))
    assert answer.status_code == status
    assert json.loads(answer.content)["code"] == "FAIL"
    assert "request_id" not in json.loads(answer.content)
    assert answer.headers["Content-Type"] == "application/json"


def test_a_genuine_notice_is_stored_word_for_word_and_answered_with_nothing(genuine, order):
    answer = bring(genuine)
    assert (answer.status_code, answer.content) == (204, b"")
    stored = PaymentCallback.objects.get()
    assert (stored.gateway, stored.kind, stored.state, stored.amount_fen) == ("wechat_v3", "payment", "success", 6000)
    assert (stored.out_trade_no, stored.currency, stored.processed_at) == (order.order_no, "CNY", None)
    assert stored.payload["trade_state"] == "SUCCESS"
    assert stored.notice_id == json.loads(genuine.body)["id"]


def test_a_notice_that_comes_again_is_the_same(genuine, order):
    assert [bring(genuine).status_code for _ in range(5)] == [204] * 5
    deliver(now=timezone.now())
    assert bring(genuine).status_code == 204
    deliver(now=timezone.now())
    assert PaymentCallback.objects.count() == 1
    assert OutboxMessage.objects.filter(topic="orders.payment_notified").count() == 1
    assert OutboxMessage.objects.filter(topic="orders.order_paid").count() == 1


def test_a_refund_that_is_told_at_the_other_url_is_read_as_what_it_is(genuine):
    assert bring(genuine, path="/api/payments/wechat_v3/refund_notify").status_code == 204
    assert PaymentCallback.objects.get().kind == "payment"


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"[]", b'{"id": 1}', b"\xff\xfe", b"[" * 20_000, b'"' * 70_000])
def test_rubbish_is_refused(unchanged, genuine, body):
    for headers in (dict[str, str](), genuine.headers):
        answer = unchanged(lambda headers=headers: bring(Arrival(NOTIFY, headers, body)))
        assert 400 <= answer.status_code < 500


def test_what_is_too_long_is_refused_unread(unchanged, genuine):
    answer = unchanged(lambda: bring(Arrival(NOTIFY, genuine.headers, genuine.body + b" " * 64 * 1024)))
    assert answer.status_code == 413


class HungUp:
    """A body whose sender is gone after the first bytes."""

    def read(self, *_: int) -> bytes:
        raise ConnectionResetError("Connection reset by peer")

    readline = read


def test_a_sender_who_hangs_up_in_the_middle_is_refused(unchanged, caplog):
    answer = unchanged(lambda: Client().post(NOTIFY, b"{}", "application/json", **{"wsgi.input": HungUp()}))
    assert (answer.status_code, json.loads(answer.content)) == (400, {"code": "FAIL", "message": "unreadable"})
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_an_unknown_gateway_is_not_there(unchanged, genuine):
    for name in ("wechat_v2", "alipay", "wechat_v3%00", "Wechat_v3"):
        assert unchanged(lambda name=name: bring(genuine, path=f"/api/payments/{name}/notify")).status_code == 404


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head", "options"])
def test_only_post_is_taken(unchanged, method):
    assert unchanged(lambda: getattr(Client(), method)(NOTIFY)).status_code == 405


def test_a_trailing_slash_is_not_there(unchanged, genuine):
    assert unchanged(lambda: bring(genuine, path=f"{NOTIFY}/")).status_code == 404


@pytest.mark.parametrize("name", ["WECHAT_PAY_PUBLIC_KEY_FILE", "WECHAT_MCH_PRIVATE_KEY_FILE"])
def test_without_our_keys_it_is_asked_to_come_again(unchanged, genuine, settings, name, tmp_path):
    setattr(settings, name, str(tmp_path / "gone.pem"))
    answer = unchanged(lambda: bring(genuine))
    assert (answer.status_code, json.loads(answer.content)["code"]) == (503, "FAIL")


@pytest.mark.parametrize("number", [1205, 1213, 2013, 1040, 1290])
def test_a_notice_that_cannot_be_stored_is_asked_to_come_again(unchanged, genuine, number):
    def refuse(execute, sql, params, many, context):
        if "payment_callbacks" in sql:
            raise OperationalError(number, "no")
        return execute(sql, params, many, context)

    def send():
        with connection.execute_wrapper(refuse):
            return bring(genuine)

    answer = unchanged(send)
    assert (answer.status_code, json.loads(answer.content)["message"]) == (503, "busy")


def test_a_notice_of_a_payment_that_we_do_not_have_is_kept_for_a_person(sign, order):
    assert bring(sign(out_trade_no="261122000000000000000000")).status_code == 204
    assert_dead("PaymentUnknown", order, tries=5)


MISFITS = {
    "amount": {"amount": {"total": 5999, "payer_total": 5999, "currency": "CNY"}},
    "currency": {"amount": {"total": 6000, "payer_total": 6000, "currency": "USD"}},
    "payer": {"payer": {"openid": "somebody-else"}},
}


@pytest.mark.parametrize("changes", MISFITS.values(), ids=MISFITS)
def test_a_signed_notice_that_does_not_fit_is_kept_for_a_person_and_pays_nothing(sign, order, changes):
    assert bring(sign(**changes)).status_code == 204
    assert_dead("PaymentMismatch", order, tries=1)


def test_a_signed_notice_of_a_wrong_amount_from_the_sandbox_itself(order, wechat):
    assert wechat.pay(order.order_no, tamper="wrong_amount") == [204]
    assert_dead("PaymentMismatch: 支付通知与支付单不符：金额应为 ¥60.00，实为 ¥60.01", order, tries=1)


def assert_dead(error, order, *, tries):
    """So many tries, then a dead letter; the notice stays stored and unprocessed, the order unpaid."""
    now = timezone.now()
    for hours in range(6):
        deliver(now=now + timedelta(hours=hours))
    message = OutboxMessage.objects.get(topic="orders.payment_notified")
    assert (message.failures, message.attempts, message.due_at) == (tries, tries, None)
    assert message.dead_at is not None
    assert message.last_error.startswith(error)
    order.refresh_from_db()
    assert (order.status, order.paid_fen, PaymentCallback.objects.get().processed_at) == ("pending", 0, None)
    assert [each.id for each in violations(["P1", "P3", "X2"])] == ["X2"]


def test_a_second_transaction_under_one_number_is_kept_for_a_person(sign, order):
    bring(sign(notice_id="EV-1"))
    bring(sign(notice_id="EV-2", transaction_id="4200000000000000000000000001"))
    deliver(now=timezone.now())
    order.refresh_from_db()
    assert (order.status, order.paid_fen) == ("completed", 6000)
    assert PaymentCallback.objects.filter(processed_at=None).count() == 1
    assert OutboxMessage.objects.get(failures=1).last_error.startswith("PaymentMismatch")


def test_a_notice_of_other_states_changes_nothing(sign, order):
    for number, word in enumerate(["NOTPAY", "CLOSED", "USERPAYING", "PAYERROR"]):
        assert bring(sign(notice_id=f"EV-{number}", trade_state=word)).status_code == 204
    deliver(now=timezone.now())
    order.refresh_from_db()
    assert (order.status, PaymentCallback.objects.exclude(processed_at=None).count()) == ("pending", 4)


def test_a_failure_after_the_success_changes_nothing(sign, order):
    bring(sign(notice_id="EV-1"))
    deliver(now=timezone.now())
    bring(sign(notice_id="EV-2", trade_state="PAYERROR"))
    bring(sign(notice_id="EV-3", trade_state="CLOSED"))
    deliver(now=timezone.now())
    order.refresh_from_db()
    assert (order.status, Payment.objects.get().status) == ("completed", "success")


@pytest.mark.parametrize("event", ["REFUND.SUCCESS", "REFUND.ABNORMAL", "TRANSACTION.PAYSCORE", "x" * 300, ""])
def test_an_event_that_is_not_what_it_says_is_refused(sign, unchanged, event):
    notice = sign(event=event)
    assert unchanged(lambda: bring(notice)).status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"out_trade_no": 7},
        {"out_trade_no": "x" * 300},
        {"transaction_id": None},
        {"amount": {"total": "6000", "currency": "CNY"}},
        {"amount": {"total": True, "currency": "CNY"}},
        {"amount": {"total": 2**63, "currency": "CNY"}},
        {"amount": None},
        {"payer": []},
        {"success_time": "yesterday"},
        {"success_time": "2026-11-22T12:00:00"},
        {"trade_state": "MAYBE"},
    ],
)
def test_a_signed_notice_that_cannot_be_read_is_refused(sign, unchanged, changes):
    notice = sign(**changes)
    assert unchanged(lambda: bring(notice)).status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"out_trade_no": "x" * 33},
        {"out_trade_no": "26112200 "},
        {"transaction_id": "x" * 65},
        {"payer": {"openid": "o" * 65}},
    ],
)
def test_a_signed_notice_that_fits_no_column_is_refused(sign, unchanged, changes):
    notice = sign(**changes)
    assert unchanged(lambda: bring(notice)).status_code == 400


@pytest.mark.parametrize("number", ["R" * 33, " R1", "R1 "])
def test_a_refund_number_that_fits_no_column_is_refused(sign, unchanged, number):
    facts = {"out_refund_no": number, "refund_id": "5", "refund_status": "SUCCESS", "amount": {"refund": 1}}
    notice = sign(event="REFUND.SUCCESS", **facts)
    assert unchanged(lambda: bring(notice)).status_code == 400


def test_a_notice_id_that_fits_no_column_is_refused(sign, unchanged):
    notice = sign(notice_id="E" * 65)
    assert unchanged(lambda: bring(notice)).status_code == 400


@pytest.fixture
def refund(genuine, order, wechat):
    """A refund at WeChat of an order whose payment was only asked about: its own notice is still under way."""
    reconciling.query_due_payments(now=timezone.now() + timedelta(seconds=6))
    refunding.request_order(order_id=order.pk, reason=RefundReason.STAFF, now=timezone.now())
    deliver(now=timezone.now())
    return Refund.objects.get()


def test_a_refund_that_is_told_before_its_payment_is_final(refund, genuine, order, wechat):
    assert wechat.end_refund(refund.out_refund_no) == [204]
    assert bring(genuine).status_code == 204
    deliver(now=timezone.now())
    order.refresh_from_db()
    assert (order.status, order.refunded_fen, Payment.objects.get().status) == ("refunded", 6000, "refunded")
    assert PaymentCallback.objects.filter(processed_at=None).count() == 0
    assert violations(["P1", "P2", "P3", "P4", "P5", "X3"]) == []


def test_a_refund_that_fails_after_it_succeeded_stays_succeeded(refund, sign, wechat):
    wechat.end_refund(refund.out_refund_no)
    deliver(now=timezone.now())
    bring(refund_notice(sign, refund, "ABNORMAL"))
    deliver(now=timezone.now())
    refund.refresh_from_db()
    assert refund.status == "succeeded"


def refund_notice(sign, refund, word, **changes):
    facts = {
        "out_refund_no": refund.out_refund_no,
        "refund_id": "50300000000000000001",
        "refund_status": word,
        "amount": {"total": 6000, "refund": 6000, "payer_total": 6000, "payer_refund": 6000},
    }
    return sign(notice_id=f"EV-R{word}", event=f"REFUND.{word}", **{**facts, **changes})


def test_a_refund_of_another_amount_is_kept_for_a_person(refund, sign, order):
    bring(refund_notice(sign, refund, "SUCCESS", amount={"total": 6000, "refund": 1}))
    deliver(now=timezone.now())
    refund.refresh_from_db()
    order.refresh_from_db()
    assert (refund.status, order.status, order.refunded_fen) == ("processing", "refunding", 0)
    assert "退款金额应为 6000，实为 1" in OutboxMessage.objects.get(failures=1).last_error


def test_a_refund_that_we_never_asked_for_is_kept_for_a_person(refund, sign, order):
    bring(refund_notice(sign, refund, "SUCCESS", out_refund_no="R-made-at-the-console"))
    deliver(now=timezone.now())
    assert "R-made-at-the-console" in OutboxMessage.objects.get(failures=1).last_error
