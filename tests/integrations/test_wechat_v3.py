"""The adapter `wechat_v3` fulfils the contract, and what is particular to APIv3."""

import json

import pytest

from blindbox.integrations.wechat.pay.errors import GatewayUnknown, ProviderRefused, ProviderUnavailable
from blindbox.integrations.wechat.pay.gateway import get_gateway
from tests.integrations.gateway_contract import GatewayContract


class TestWechatV3(GatewayContract):
    pay_path, refund_path = "/v3/pay", "/v3/refund"


def test_the_configured_gateway_is_the_default(gateway):
    assert gateway.name == "wechat_v3"
    assert get_gateway("wechat_v3") is gateway


def test_an_unknown_gateway_is_not_found(sandbox):
    with pytest.raises(GatewayUnknown) as refusal:
        get_gateway("alipay")
    assert (refusal.value.status, refusal.value.code) == (404, "common.not_found")


def test_other_settings_make_another_gateway(gateway, settings):
    settings.WECHAT_NOTIFY_BASE = "https://shop.example"
    assert get_gateway() is not gateway


def test_making_a_gateway_calls_nobody(sandbox, no_calls, settings, now):
    settings.WECHAT_NOTIFY_BASE = "https://another.example"
    assert get_gateway().client_params("wx1", now)["package"] == "prepay_id=wx1"
    assert no_calls == []


def test_the_answers_to_wechat_are_in_its_own_form(gateway):
    assert gateway.acknowledge() == (204, "")
    status, body = gateway.refuse("签名错误", 401)
    assert (status, json.loads(body)) == (401, {"code": "FAIL", "message": "签名错误"})


def test_a_merchant_whose_signature_is_wrong_is_refused(gateway, settings, number):
    settings.WECHAT_MCH_SERIAL = "0" * 40
    with pytest.raises(ProviderRefused, match="SIGN_ERROR"):
        get_gateway().query(number)


def test_a_refund_answer_about_another_amount_is_no_answer(gateway, paid, ask, now):
    ask("POST", "faults", path="/v3/refund", patch={"amount": {"refund": 1, "total": 1234}})
    with pytest.raises(ProviderUnavailable):
        gateway.refund(
            out_refund_no=f"R-{paid}", out_trade_no=paid, amount_fen=1000, total_fen=1234, reason="退款", now=now
        )
