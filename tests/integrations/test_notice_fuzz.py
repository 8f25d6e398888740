"""No header and no body, however odd, makes parse_notify do anything but return a Notice or refuse."""

import json
from datetime import datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blindbox.integrations.wechat.pay.errors import NoticeRefused
from blindbox.integrations.wechat.pay.gateway import Notice, PaymentGateway

NAMES = (
    "Wechatpay-Serial",
    "Wechatpay-Timestamp",
    "Wechatpay-Nonce",
    "Wechatpay-Signature",
    "Wechatpay-Signature-Type",
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
few = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def outcome(gateway: PaymentGateway, headers: dict[str, str], body: bytes, now: datetime) -> Notice | NoticeRefused:
    try:
        return gateway.parse_notify(headers, body, now)
    except NoticeRefused as refused:
        assert 400 <= refused.status < 500
        return refused


@few
@given(changes=st.dictionaries(st.sampled_from(NAMES), st.text(max_size=40) | st.none(), min_size=1))
def test_altered_headers(gateway, genuine, now, no_calls, changes):
    headers = {name: value for name, value in (genuine.headers | changes).items() if value is not None}
    outcome(gateway, headers, genuine.body, now)
    assert no_calls == []


@few
@given(at=st.integers(min_value=0), byte=st.integers(0, 255), cut=st.integers(0, 40))
def test_altered_bodies_are_refused(gateway, genuine, now, no_calls, at, byte, cut):
    at %= len(genuine.body)
    body = genuine.body[:at] + bytes([byte]) + genuine.body[at + 1 + cut :]
    is_unchanged = body == genuine.body
    assert isinstance(outcome(gateway, genuine.headers, body, now), Notice) == is_unchanged
    assert no_calls == []


@few
@given(body=st.binary(max_size=200))
def test_any_bytes_without_a_signature(gateway, now, no_calls, body):
    assert isinstance(outcome(gateway, {}, body, now), NoticeRefused)
    assert no_calls == []


@few
@given(envelope=anything)
def test_any_json_that_is_really_signed(gateway, platform, now, no_calls, envelope):
    body = json.dumps(envelope).encode()
    assert isinstance(outcome(gateway, platform.sign(body), body, now), NoticeRefused)
    assert no_calls == []


@few
@given(
    changes=st.dictionaries(st.sampled_from(("id", "event_type", "resource", "resource_type")), anything, min_size=1)
)
def test_odd_fields_of_an_envelope_that_is_really_signed(gateway, platform, genuine, now, no_calls, changes):
    body = json.dumps(json.loads(genuine.body) | changes).encode()
    outcome(gateway, platform.sign(body), body, now)
    assert no_calls == []


@few
@given(changes=st.dictionaries(st.sampled_from(("nonce", "ciphertext", "associated_data", "algorithm")), anything))
def test_odd_fields_of_a_sealed_part_that_is_really_signed(gateway, platform, genuine, now, no_calls, changes):
    envelope = json.loads(genuine.body)
    envelope["resource"] |= changes
    body = json.dumps(envelope).encode()
    outcome(gateway, platform.sign(body), body, now)
    assert no_calls == []
