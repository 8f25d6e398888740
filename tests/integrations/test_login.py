"""Login and phone number, over the sandbox, with what can go wrong on the way."""

import logging

import pytest
import requests
from django.core.cache import cache

from blindbox.integrations.wechat.client import mini_program
from blindbox.integrations.wechat.errors import PhoneCodeInvalid, WechatCodeInvalid, WechatUnavailable
from blindbox.integrations.wechat.login import exchange_code, phone_number

TOKEN_CALL = "POST /cgi-bin/stable_token"


@pytest.fixture(autouse=True)
def _own_token(sandbox):
    cache.delete(f"wechat:{mini_program().access_token_key}")


def test_the_same_person_has_the_same_openid(sandbox):
    assert exchange_code("dev:小明") == exchange_code("dev:小明")
    assert exchange_code("dev:小明").openid != exchange_code("dev:小红").openid


def test_an_openid_looks_like_wechat_s(sandbox):
    identity = exchange_code("dev:alice")
    assert (len(identity.openid), identity.openid[0]) == (28, "o")
    assert str(identity.unionid).startswith("u")


def test_login_is_one_call_and_needs_no_access_token(sandbox):
    exchange_code("dev:alice")
    assert list(sandbox.log) == ["GET /sns/jscode2session"]


def test_the_app_secret_is_in_no_log_line_however_much_is_logged(sandbox, settings, caplog):
    caplog.set_level(logging.DEBUG)
    exchange_code("dev:alice")
    assert settings.WECHAT_APP_SECRET not in caplog.text


def test_a_mini_program_without_open_platform_account_has_no_unionid(sandbox, ask):
    ask("POST", "faults", path="/sns", patch={"unionid": ""})
    assert exchange_code("dev:alice").unionid is None


def test_a_code_works_once(sandbox, ask):
    code = ask("POST", "codes", name="alice")["code"]
    assert exchange_code(code) == exchange_code("dev:alice")
    with pytest.raises(WechatCodeInvalid) as refusal:
        exchange_code(code)
    assert (refusal.value.status, refusal.value.code) == (401, "auth.wechat_code_invalid")
    assert refusal.value.details["errcode"] == 40163
    assert refusal.value.details["errmsg"].startswith("code been used, rid: ")


@pytest.mark.parametrize("code", ["", "dev:", "unknown", "'; DROP TABLE codes", "🎁", "x" * 4000])
def test_an_unknown_code_is_invalid(sandbox, code):
    with pytest.raises(WechatCodeInvalid) as refusal:
        exchange_code(code)
    assert "dev:<name>" in refusal.value.details["errmsg"]  # the sandbox's own words, passed on as WeChat's would be


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 502},
        {"reset": True},
        {"patch": {"errcode": -1, "errmsg": "system error"}},
        {"patch": {"errcode": 45011, "errmsg": "api minute-quota reach limit"}},
        {"patch": {"openid": None}},
    ],
    ids=str,
)
def test_an_answer_that_cannot_be_used_is_no_answer(sandbox, ask, fault):
    ask("POST", "faults", path="/sns", **fault)
    with pytest.raises(WechatUnavailable) as refusal:
        exchange_code("dev:alice")
    assert (refusal.value.status, refusal.value.code) == (503, "wechat.provider_unavailable")


def test_a_wrong_secret_is_our_trouble_and_not_the_member_s(sandbox, settings):
    settings.WECHAT_APP_SECRET = "wrong"
    with pytest.raises(WechatUnavailable):
        exchange_code("dev:alice")


def test_a_failed_call_does_not_show_the_app_secret(sandbox, settings, caplog):
    settings.WECHAT_API_BASE = "http://127.0.0.1:9"
    with caplog.at_level(logging.INFO), pytest.raises(WechatUnavailable) as refusal:
        exchange_code("dev:alice")
    assert settings.WECHAT_APP_SECRET not in f"{refusal.value.details} {caplog.text}"
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__


def test_a_phone_code_gives_the_number(sandbox):
    assert phone_number("dev:13800138000") == "13800138000"


def test_the_access_token_is_fetched_once_for_all(sandbox):
    phone_number("dev:13800138000")
    phone_number("dev:13800138001")
    assert list(sandbox.log).count(TOKEN_CALL) == 1


def test_a_refused_token_is_replaced_once(sandbox):
    mini_program().session.set(mini_program().access_token_key, "ended long ago", 60)
    assert phone_number("dev:13800138000") == "13800138000"
    assert list(sandbox.log).count(TOKEN_CALL) == 1


def test_a_token_that_stays_refused_is_not_tried_for_ever(sandbox, ask):
    ask("POST", "faults", path="/wxa", times=10, patch={"errcode": 40001})
    with pytest.raises(WechatUnavailable):
        phone_number("dev:13800138000")
    assert list(sandbox.log).count("POST /wxa/business/getuserphonenumber") == 2


def test_a_number_meant_for_another_mini_program_is_refused(sandbox, ask):
    info = {"phoneNumber": "13800138000", "watermark": {"timestamp": 1, "appid": "wx0000000000000000"}}
    ask("POST", "faults", path="/wxa", patch={"phone_info": info})
    with pytest.raises(WechatUnavailable):
        phone_number("dev:13800138000")


@pytest.mark.parametrize("path", ["/wxa", "/cgi-bin"])
@pytest.mark.parametrize("fault", [{"status": 502}, {"reset": True}, {"patch": {"errcode": -1, "access_token": None}}])
def test_trouble_with_token_or_number_is_unavailable(sandbox, ask, path, fault):
    ask("POST", "faults", path=path, **fault)
    with pytest.raises(WechatUnavailable):
        phone_number("dev:13800138000")


def test_an_unknown_phone_code_is_invalid(sandbox):
    with pytest.raises(PhoneCodeInvalid):
        phone_number("unknown")


def test_what_wechatpy_addresses_itself_goes_to_the_configured_host(sandbox):
    answer = mini_program().raw("GET", "cgi-bin/token")
    assert answer["errcode"] == 40013
    assert list(sandbox.log) == ["GET /cgi-bin/token"]


def test_a_slow_answer_is_given_up(sandbox, ask, monkeypatch):
    monkeypatch.setattr(mini_program()._http, "timeout", (0.2, 0.2))
    ask("POST", "faults", path="/sns", delay_ms=1000)
    with pytest.raises(WechatUnavailable) as refusal:
        exchange_code("dev:alice")
    assert refusal.value.details == {"reason": requests.ReadTimeout.__name__}
