"""What every PaymentGateway must do, over real HTTP against the sandbox. An adapter's test module subclasses it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from blindbox.common.http import CallInsideTransaction
from blindbox.integrations.wechat.pay.errors import ProviderRefused, ProviderUnavailable
from blindbox.integrations.wechat.pay.gateway import PaymentGateway, RefundState

OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"


class GatewayContract:
    pay_path = refund_path = ""

    def prepay(self, gateway: PaymentGateway, number: str, now: datetime, **changed: Any) -> str:
        facts: dict[str, Any] = {
            "out_trade_no": number,
            "amount_fen": 1234,
            "openid": OPENID,
            "description": "一番赏 10 抽 🎁",
            "expires_at": now + timedelta(minutes=3),
            "now": now,
        }
        return gateway.prepay(**(facts | changed))

    def refund(self, gateway: PaymentGateway, paid: str, now: datetime, **changed: Any) -> RefundState:
        facts: dict[str, Any] = {
            "out_refund_no": f"R-{paid}",
            "out_trade_no": paid,
            "amount_fen": 1000,
            "total_fen": 1234,
            "reason": "已售罄，全额退回",
            "now": now,
        }
        return gateway.refund(**(facts | changed))

    # prepay

    def test_a_repeated_prepay_gives_the_same_prepay_id(self, gateway, number, now):
        assert self.prepay(gateway, number, now) == self.prepay(gateway, number, now)

    def test_a_number_cannot_stand_for_another_amount(self, gateway, prepaid, now):
        with pytest.raises(ProviderRefused, match="OUT_TRADE_NO_USED"):
            self.prepay(gateway, prepaid, now, amount_fen=1)

    def test_a_payment_that_has_expired_cannot_be_announced(self, gateway, number, now):
        with pytest.raises(ProviderRefused, match="PARAM_ERROR"):
            self.prepay(gateway, number, now, expires_at=now - timedelta(seconds=1))

    def test_a_paid_number_cannot_be_announced_again(self, gateway, paid, now):
        with pytest.raises(ProviderRefused, match="ORDER_PAID"):
            self.prepay(gateway, paid, now)

    def test_a_number_that_wechat_does_not_allow_is_our_own_mistake(self, gateway, now):
        with pytest.raises(ValueError, match="not a number"):
            self.prepay(gateway, "../../v3/certificates", now)

    def test_the_client_gets_parameters_that_wechat_accepts(self, gateway, number, now, ask):
        params = gateway.client_params(self.prepay(gateway, number, now), now)
        assert params["timeStamp"] == str(int(now.timestamp()))
        assert ask("POST", f"payments/{number}/pay", params=params)["payment"]["trade_state"] == "SUCCESS"

    def test_the_client_parameters_are_signed_afresh_each_time(self, gateway, now, no_calls):
        first, second = gateway.client_params("wx1", now), gateway.client_params("wx1", now)
        assert (first["package"], first["signType"]) == ("prepay_id=wx1", "RSA")
        assert first["nonceStr"] != second["nonceStr"]
        assert first["paySign"] != second["paySign"]
        assert no_calls == []

    # query

    def test_an_unpaid_payment_is_not_paid(self, gateway, prepaid):
        state = gateway.query(prepaid)
        assert (state.state, state.amount_fen, state.transaction_id, state.paid_at) == ("notpay", 1234, None, None)

    def test_a_paid_payment_tells_everything_that_an_order_must_compare(self, gateway, paid, settings, now):
        state = gateway.query(paid)
        assert (state.state, state.amount_fen, state.currency, state.openid) == ("success", 1234, "CNY", OPENID)
        assert (state.mchid, state.appid) == (settings.WECHAT_MCH_ID, settings.WECHAT_APP_ID)
        assert state.transaction_id.startswith("4200")
        assert abs(state.paid_at - now) < timedelta(seconds=30)

    def test_an_unknown_number_is_not_found(self, gateway, number):
        assert gateway.query(number).state == "not_found"

    # close

    def test_closing_leaves_nothing_to_pay(self, gateway, prepaid):
        assert gateway.close(prepaid) == "closed"
        assert gateway.query(prepaid).state == "closed"

    def test_closing_twice_is_closing(self, gateway, prepaid):
        assert (gateway.close(prepaid), gateway.close(prepaid)) == ("closed", "closed")

    def test_closing_what_wechat_never_heard_of_is_closing(self, gateway, number):
        assert gateway.close(number) == "closed"

    def test_closing_a_paid_payment_says_that_it_is_paid(self, gateway, paid):
        assert gateway.close(paid) == "paid"
        assert gateway.query(paid).state == "success"

    # refund

    def test_a_refund_is_accepted_then_succeeds_and_tells(self, gateway, paid, now, receiver, ask):
        ask("POST", "faults", hold_refunds=False)
        assert self.refund(gateway, paid, now).state == "processing"
        arrival = receiver.wait_for(2)[1]
        notice = gateway.parse_notify(arrival.headers, arrival.body, now)
        assert (notice.kind, notice.state, notice.out_refund_no) == ("refund", "success", f"R-{paid}")
        assert (notice.out_trade_no, notice.amount_fen) == (paid, 1000)
        assert notice.refund_id == gateway.query_refund(f"R-{paid}").refund_id
        assert arrival.path == f"/api/payments/{gateway.name}/refund_notify"
        assert gateway.query_refund(f"R-{paid}").state == "success"
        assert gateway.query(paid).state == "refund"

    def test_a_repeated_refund_refunds_once(self, gateway, paid, now, ask):
        first, second = self.refund(gateway, paid, now), self.refund(gateway, paid, now)
        assert first.refund_id == second.refund_id
        assert [one["out_trade_no"] for one in ask("GET", "refunds")["list"]].count(paid) == 1

    def test_a_refund_may_name_the_transaction(self, gateway, paid, now):
        transaction_id = gateway.query(paid).transaction_id
        state = self.refund(gateway, paid, now, out_trade_no=None, transaction_id=transaction_id)
        assert (state.out_trade_no, state.transaction_id, state.amount_fen) == (paid, transaction_id, 1000)

    def test_more_than_was_paid_cannot_be_refunded(self, gateway, paid, now):
        self.refund(gateway, paid, now)
        with pytest.raises(ProviderRefused, match="INVALID_REQUEST"):
            self.refund(gateway, paid, now, out_refund_no="R-second", amount_fen=235)

    def test_what_was_not_paid_cannot_be_refunded(self, gateway, prepaid, now):
        with pytest.raises(ProviderRefused, match="INVALID_REQUEST"):
            self.refund(gateway, prepaid, now)

    def test_a_refund_that_fails_says_so(self, gateway, paid, now, ask, receiver):
        self.refund(gateway, paid, now)
        ask("POST", f"refunds/R-{paid}/fail")
        assert gateway.query_refund(f"R-{paid}").state == "abnormal"
        arrival = receiver.wait_for(2)[1]
        assert gateway.parse_notify(arrival.headers, arrival.body, now).state == "abnormal"

    def test_an_unknown_refund_is_not_found(self, gateway, number):
        assert gateway.query_refund(f"R-{number}").state == "not_found"

    # trouble

    @pytest.mark.parametrize(
        "fault",
        [
            {"status": 502},
            {"status": 500, "code": "SYSTEM_ERROR"},
            {"status": 429},
            {"reset": True},
            {"unsigned": True},
            {"unsigned": True, "status": 404, "code": "ORDER_NOT_EXIST"},
            {"unsigned": True, "status": 400, "code": "PARAM_ERROR"},
            {"patch": {"mchid": "1900000001"}},
            {"patch": {"appid": "wx0000000000000000"}},
            {"patch": {"out_trade_no": "another"}},
            {"patch": {"trade_state": "NEW_STATE"}},
            {"patch": {"amount": {"total": 12.34}}},
            {"patch": {"amount": {"total": True}}},
        ],
        ids=str,
    )
    def test_an_answer_that_cannot_be_believed_is_no_answer(self, gateway, prepaid, ask, fault):
        ask("POST", "faults", path=self.pay_path, **fault)
        with pytest.raises(ProviderUnavailable):
            gateway.query(prepaid)
        assert gateway.query(prepaid).state == "notpay"

    @pytest.mark.parametrize("code", ["ORDER_PAID", "ORDER_CLOSED", "ORDER_NOT_EXIST"])
    def test_a_close_that_nobody_signed_closed_nothing(self, gateway, prepaid, ask, code):
        ask("POST", "faults", path=self.pay_path, unsigned=True, status=400, code=code)
        with pytest.raises(ProviderUnavailable):
            gateway.close(prepaid)
        assert gateway.query(prepaid).state == "notpay"

    def test_a_refusal_to_announce_that_nobody_signed_is_no_refusal(self, gateway, number, now, ask):
        ask("POST", "faults", path=self.pay_path, unsigned=True, status=400, code="ORDER_CLOSED")
        with pytest.raises(ProviderUnavailable):
            self.prepay(gateway, number, now)
        assert self.prepay(gateway, number, now).startswith("wx")

    @pytest.mark.parametrize("code", ["NOT_ENOUGH", "INVALID_REQUEST", "RESOURCE_NOT_EXISTS"])
    def test_a_refusal_to_refund_that_nobody_signed_is_no_refusal(self, gateway, paid, now, ask, code):
        for _ in range(2):
            ask("POST", "faults", path=self.refund_path, unsigned=True, status=403, code=code)
        with pytest.raises(ProviderUnavailable):
            self.refund(gateway, paid, now)
        with pytest.raises(ProviderUnavailable):
            gateway.query_refund(f"R-{paid}")
        assert self.refund(gateway, paid, now).state == "processing"

    def test_a_prepay_whose_answer_was_lost_can_be_repeated(self, gateway, number, now, ask, sandbox):
        ask("POST", "faults", path=self.pay_path, reset=True)
        with pytest.raises(ProviderUnavailable):
            self.prepay(gateway, number, now)
        assert self.prepay(gateway, number, now).startswith("wx")
        assert len([payment for payment in ask("GET", "payments")["list"] if payment["out_trade_no"] == number]) == 1

    def test_a_slow_answer_is_given_up(self, gateway, prepaid, ask, monkeypatch):
        monkeypatch.setattr(gateway._client._core._session, "timeout", (0.2, 0.2))
        ask("POST", "faults", path=self.pay_path, delay_ms=1000)
        with pytest.raises(ProviderUnavailable, match="微信支付暂时不可用"):
            gateway.query(prepaid)

    def test_a_host_that_is_not_there_is_unavailable(self, gateway, settings, number):
        settings.WECHAT_PAY_BASE = "http://127.0.0.1:9"
        with pytest.raises(ProviderUnavailable):
            type(gateway).from_settings().query(number)

    def test_keys_that_are_not_there_are_unavailable(self, gateway, settings, number, tmp_path):
        settings.WECHAT_MCH_PRIVATE_KEY_FILE = str(tmp_path / "missing.pem")
        with pytest.raises(ProviderUnavailable):
            type(gateway).from_settings().query(number)

    @pytest.mark.django_db
    def test_it_refuses_to_call_out_of_a_transaction(self, gateway, prepaid, sandbox):
        sandbox.log.clear()
        with transaction.atomic(), pytest.raises(CallInsideTransaction):
            gateway.query(prepaid)
        assert list(sandbox.log) == []

    # notices

    def test_a_payment_notice_tells_everything_that_an_order_must_compare(self, gateway, genuine, paid, settings, now):
        notice = gateway.parse_notify(genuine.headers, genuine.body, now)
        assert (notice.kind, notice.state, notice.out_trade_no) == ("payment", "success", paid)
        assert (notice.amount_fen, notice.currency, notice.openid) == (1234, "CNY", OPENID)
        assert (notice.mchid, notice.appid) == (settings.WECHAT_MCH_ID, settings.WECHAT_APP_ID)
        assert notice.transaction_id == gateway.query(paid).transaction_id
        assert notice.at == gateway.query(paid).paid_at
        assert notice.payload["trade_state"] == "SUCCESS"
        assert genuine.path == f"/api/payments/{gateway.name}/notify"

    def test_a_notice_keeps_its_id_however_often_it_comes(self, gateway, genuine, paid, ask, receiver, now):
        ask("POST", f"payments/{paid}/pay", times=2)
        notices = [gateway.parse_notify(one.headers, one.body, now) for one in receiver.wait_for(3)]
        assert len({notice.id for notice in notices}) == 1
        assert len({one.body for one in receiver.arrivals}) == 3
