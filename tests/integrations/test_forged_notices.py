"""Whatever is not a genuine, fresh notice of ours is refused: 4xx, and nobody is called."""

from datetime import timedelta

import pytest

from blindbox.integrations.wechat.pay.errors import NoticeRefused
from blindbox.integrations.wechat.sandbox.forgeries import compose

RESOURCE = {
    "mchid": "",
    "appid": "",
    "out_trade_no": "T-forged-000001",
    "transaction_id": "4200000000202611220000000001",
    "trade_state": "SUCCESS",
    "success_time": "2026-11-22T10:34:56+08:00",
    "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
    "amount": {"total": 1234, "payer_total": 1234, "currency": "CNY"},
}


def refusal(gateway, headers, body, now) -> NoticeRefused:
    with pytest.raises(NoticeRefused) as refused:
        gateway.parse_notify(headers, body, now)
    return refused.value


@pytest.fixture
def sealed(sandbox, platform):
    """Make notices that are really signed, over resources that are not as they should be."""
    own = RESOURCE | {"mchid": sandbox.keys.mch_id, "appid": sandbox.keys.app_id}

    def make(event="TRANSACTION.SUCCESS", **changed):
        resource = {name: value for name, value in (own | changed).items() if value is not None}
        return compose(platform, notice_id="EV-1", event=event, resource=resource)

    return make


@pytest.mark.parametrize(
    ("tamper", "status", "reason"),
    [
        ("amount", 401, "wrong signature or key"),
        ("signature", 401, "wrong signature or key"),
        ("mchid", 403, "another merchant"),
        ("appid", 403, "another app"),
        ("serial", 401, "unknown serial"),
        ("timestamp", 401, "stale timestamp"),
        ("unsigned", 401, "no usable Wechatpay-Serial"),
        ("probe", 401, "probe with a wrong signature"),
        ("garbage", 400, "not utf-8"),
    ],
)
def test_a_forged_notice_is_refused_and_changes_nothing_at_wechat(
    gateway, prepaid, ask, receiver, now, tamper, status, reason, request
):
    ask("POST", f"payments/{prepaid}/pay", tamper=tamper)
    arrival = receiver.wait_for(1)[0]
    calls = request.getfixturevalue("no_calls")
    refused = refusal(gateway, arrival.headers, arrival.body, now)
    assert (refused.status, refused.reason) == (status, reason)
    assert calls == []


def test_a_forged_notice_pays_nothing(gateway, prepaid, ask):
    ask("POST", f"payments/{prepaid}/pay", tamper="amount")
    assert gateway.query(prepaid).state == "notpay"


def test_a_genuine_notice_of_another_amount_shows_that_amount(gateway, prepaid, ask, receiver, now):
    ask("POST", f"payments/{prepaid}/pay", tamper="wrong_amount")
    arrival = receiver.wait_for(1)[0]
    assert gateway.parse_notify(arrival.headers, arrival.body, now).amount_fen == 1235


def test_a_genuine_notice_is_accepted_within_five_minutes_either_way(gateway, genuine, now, no_calls):
    signed_at = now + timedelta(seconds=int(genuine.headers["Wechatpay-Timestamp"]) - now.timestamp())
    for seconds in (-300, 300):
        assert gateway.parse_notify(genuine.headers, genuine.body, signed_at + timedelta(seconds=seconds)).id
    for seconds in (-301, 301, 30 * 24 * 3600):
        later = signed_at + timedelta(seconds=seconds)
        assert refusal(gateway, genuine.headers, genuine.body, later).reason == "stale timestamp"
    assert no_calls == []


def test_header_names_compare_without_case(gateway, genuine, now):
    headers = {name.upper(): value for name, value in genuine.headers.items()}
    assert gateway.parse_notify(headers, genuine.body, now).kind == "payment"


@pytest.mark.parametrize("name", ["Wechatpay-Serial", "Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature"])
@pytest.mark.parametrize("value", [None, "", "é", "\ud800", "x" * 1025, "0x10", "-1", "१२", "1e9"])
def test_a_header_that_is_missing_or_odd_is_refused(gateway, genuine, now, no_calls, name, value):
    headers = {key: given for key, given in genuine.headers.items() if key != name}
    if value is not None:
        headers[name] = value
    assert refusal(gateway, headers, genuine.body, now).status == 401
    assert no_calls == []


def test_another_signature_type_is_refused(gateway, genuine, now):
    headers = genuine.headers | {"Wechatpay-Signature-Type": "WECHATPAY2-SM2-WITH-SM3"}
    assert refusal(gateway, headers, genuine.body, now).reason == "unknown signature type"


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"\xff\xfe", b"[" * 60_000, b'{"a":NaN}'])
def test_another_body_under_a_genuine_signature_is_refused(gateway, genuine, now, no_calls, body):
    assert refusal(gateway, genuine.headers, body, now).status in (400, 401)
    assert no_calls == []


def test_a_body_of_64_kilobytes_is_read_and_one_more_byte_is_not(gateway, genuine, now):
    assert refusal(gateway, genuine.headers, b" " * 65_536, now).status == 401
    assert refusal(gateway, genuine.headers, b" " * 65_537, now).status == 413


def test_a_notice_sealed_with_another_key_is_refused(gateway, genuine, settings, now):
    settings.WECHAT_API_V3_KEY = "0123456789abcdef0123456789abcdef"
    other = type(gateway).from_settings()
    assert refusal(other, genuine.headers, genuine.body, now).reason == "wrong signature or key"


@pytest.mark.parametrize(
    "changed",
    [
        {"out_trade_no": None},
        {"transaction_id": ""},
        {"trade_state": "UNHEARD_OF"},
        {"success_time": "yesterday"},
        {"success_time": "2026-11-22T10:34:56"},
        {"payer": None},
        {"payer": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
        {"amount": None},
        {"amount": {"total": "1234", "currency": "CNY"}},
        {"amount": {"total": 12.34, "currency": "CNY"}},
        {"amount": {"total": True, "currency": "CNY"}},
        {"amount": {"total": -1, "currency": "CNY"}},
        {"amount": {"total": 2**63, "currency": "CNY"}},
        {"amount": {"total": 1234}},
        {"out_trade_no": "x" * 257},
    ],
    ids=str,
)
def test_even_a_signed_notice_must_be_as_documented(gateway, sealed, now, changed):
    headers, body = sealed(**changed)
    refused = refusal(gateway, headers, body, now)
    assert (refused.status, refused.reason.split()[0]) == (400, "unreadable")


def test_a_signed_notice_of_another_event_is_refused(gateway, sealed, now):
    headers, body = sealed(event="COUPON.USE")
    assert refusal(gateway, headers, body, now).reason == "unknown event"
