"""The controls: what a person or a test does to the sandbox, and what it answers."""

import urllib.request
from datetime import timedelta
from time import monotonic, sleep

import pytest

from tests.integrations.control import control


@pytest.fixture
def expired(gateway, ask, number: str, now) -> str:
    gateway.prepay(
        out_trade_no=number,
        amount_fen=100,
        openid="o1",
        description="盲盒",
        expires_at=now + timedelta(seconds=2),
        now=now,
    )
    while not ask("GET", f"payments/{number}")["is_expired"]:
        sleep(0.05)
    return number


@pytest.fixture
def refunding(gateway, paid: str, now) -> str:
    gateway.refund(
        out_refund_no=f"R-{paid}", out_trade_no=paid, amount_fen=1234, total_fen=1234, reason="退款", now=now
    )
    return f"R-{paid}"


def test_payments_are_listed_newest_first(ask, prepaid, sandbox):
    first = ask("GET", "payments")["list"][0]
    assert (first["out_trade_no"], first["trade_state"], first["amount_fen"]) == (prepaid, "NOTPAY", 1234)
    assert (first["transaction_id"], first["notices"], first["is_expired"]) == (None, [], False)


def test_paying_answers_with_what_the_merchant_replied(ask, prepaid, receiver):
    receiver.answers = [500, 200]
    answer = ask("POST", f"payments/{prepaid}/pay", times=3)
    assert [notice["status"] for notice in answer["notices"]] == [500, 200, 204]
    assert answer["payment"]["trade_state"] == "SUCCESS"
    assert len(receiver.arrivals) == 3


def test_paying_again_tells_again_and_pays_once(ask, paid, gateway):
    before = gateway.query(paid)
    assert [notice["status"] for notice in ask("POST", f"payments/{paid}/pay")["notices"]] == [204]
    assert gateway.query(paid) == before


def test_fifty_copies_over_ten_threads_all_arrive(ask, prepaid, receiver):
    answer = ask("POST", f"payments/{prepaid}/pay", times=50, threads=10)
    assert [notice["status"] for notice in answer["notices"]] == [204] * 50
    assert len(receiver.arrivals) == 50


@pytest.mark.parametrize(
    "order",
    [{"times": 0}, {"times": True}, {"times": "3"}, {"delay_ms": -1}, {"threads": 51}, {"tamper": "everything"}],
    ids=str,
)
def test_an_order_that_makes_no_sense_is_refused_and_pays_nothing(sandbox, prepaid, gateway, receiver, order):
    status, answer = control(sandbox.url, "POST", f"payments/{prepaid}/pay", order)
    assert (status, answer["code"]) == (400, "PARAM_ERROR")
    assert gateway.query(prepaid).state == "notpay"
    assert receiver.arrivals == []


def test_a_delayed_notice_tells_later_what_has_happened_already(ask, gateway, prepaid, receiver):
    started = monotonic()
    paid_at = ask("POST", f"payments/{prepaid}/pay", delay_ms=300)["payment"]["paid_at"]
    assert monotonic() - started >= 0.3
    assert gateway.query(prepaid).paid_at.isoformat() == paid_at


def test_an_unknown_payment_cannot_be_paid(sandbox):
    status, answer = control(sandbox.url, "POST", "payments/T-unknown/pay")
    assert (status, answer["code"]) == (404, "ORDER_NOT_EXIST")


def test_a_closed_payment_is_paid_only_if_it_is_meant_to_be_late(sandbox, ask, gateway, prepaid):
    gateway.close(prepaid)
    status, answer = control(sandbox.url, "POST", f"payments/{prepaid}/pay")
    assert (status, answer["code"]) == (409, "ORDER_CLOSED")
    assert gateway.query(prepaid).state == "closed"
    assert ask("POST", f"payments/{prepaid}/pay", late=True)["payment"]["trade_state"] == "SUCCESS"


def test_an_expired_payment_is_paid_only_if_it_is_meant_to_be_late(sandbox, ask, gateway, expired):
    status, answer = control(sandbox.url, "POST", f"payments/{expired}/pay")
    assert (status, answer["code"]) == (409, "ORDER_EXPIRED")
    assert gateway.query(expired).state == "notpay"
    assert ask("POST", f"payments/{expired}/pay", late=True)["payment"]["trade_state"] == "SUCCESS"


def test_parameters_that_were_altered_do_not_open_the_cashier(sandbox, gateway, prepaid, now):
    params = gateway.client_params("wx-of-another-order", now)
    status, answer = control(sandbox.url, "POST", f"payments/{prepaid}/pay", {"params": params})
    assert (status, answer["code"]) == (400, "SIGN_ERROR")
    assert gateway.query(prepaid).state == "notpay"


def test_a_held_refund_waits_for_the_control(ask, gateway, refunding, receiver):
    assert gateway.query_refund(refunding).state == "processing"
    answer = ask("POST", f"refunds/{refunding}/succeed")
    assert (answer["refund"]["status"], answer["notices"][0]["status"]) == ("SUCCESS", 204)
    assert gateway.query_refund(refunding).state == "success"


def test_a_refund_that_ended_cannot_end_otherwise(sandbox, ask, refunding):
    ask("POST", f"refunds/{refunding}/fail", closed=True)
    status, answer = control(sandbox.url, "POST", f"refunds/{refunding}/succeed")
    assert (status, answer["code"]) == (409, "REFUND_ENDED")
    assert ask("GET", "refunds")["list"][0]["status"] == "CLOSED"


def test_a_closed_refund_leaves_its_money_to_the_next(ask, gateway, refunding, paid, now):
    ask("POST", f"refunds/{refunding}/fail", closed=True)
    again = gateway.refund(
        out_refund_no=f"R2-{paid}", out_trade_no=paid, amount_fen=1234, total_fen=1234, reason="重退", now=now
    )
    assert again.state == "processing"


def test_faults_are_used_up(ask, gateway, prepaid):
    ask("POST", "faults", path="/v3", times=2, delay_ms=1)
    assert gateway.query(prepaid).state == "notpay"
    assert [fault["times"] for fault in ask("GET", "faults")["list"]] == [1]
    ask("DELETE", "faults")
    assert ask("GET", "faults") == {"drop_notices": False, "hold_refunds": False, "list": []}


def test_an_unknown_fault_is_refused(sandbox):
    status, answer = control(sandbox.url, "POST", "faults", {"path": "/v3", "explode": True})
    assert (status, answer["code"]) == (400, "PARAM_ERROR")


def test_the_page_is_chinese_and_loads_nothing_from_elsewhere(sandbox):
    with urllib.request.urlopen(f"{sandbox.url}/") as answer:
        page = answer.read().decode()
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "支付单" in page
    assert "http://" not in page
    assert "https://" not in page
