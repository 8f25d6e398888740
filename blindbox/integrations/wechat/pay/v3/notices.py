"""
From raw bytes to a Notice, with a refusal for everything else.

The cheap guards stand before the library, because it would act on what a stranger wrote: it calls WeChat for unknown
serials, accepts notices of any age and raises bare exceptions. Nothing in this module calls out.
"""

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from wechatpayv3 import WeChatPay

from blindbox.integrations.wechat.pay.errors import NoticeRefused
from blindbox.integrations.wechat.pay.gateway import Notice
from blindbox.integrations.wechat.pay.v3 import reading
from blindbox.integrations.wechat.pay.v3.merchant import Merchant

MAX_BYTES = 64 * 1024
FRESH_SECONDS = 300
SIGNATURE_TYPE = "WECHATPAY2-SHA256-RSA2048"
PROBE = "WECHATPAY/SIGNTEST/"
HEADERS = ("Wechatpay-Serial", "Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature")
LONGEST_HEADER = 1024


def parse(client: WeChatPay, merchant: Merchant, headers: Mapping[str, str], raw: bytes, now: datetime) -> Notice:
    """:raises NoticeRefused: unless WeChat Pay signed this for us within the last five minutes"""
    body = _body(raw)
    signed = _signed_headers(headers)
    _require_known_serial(signed, merchant)
    _require_fresh(signed, now)
    envelope = _open(client, signed, body)
    try:
        return _notice(envelope, merchant)
    except reading.Unreadable as error:
        raise NoticeRefused(f"unreadable {error}", status=400) from None


def _body(raw: bytes) -> str:
    if len(raw) > MAX_BYTES:
        raise NoticeRefused("too large", status=413)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise NoticeRefused("not utf-8", status=400) from None


def _signed_headers(headers: Mapping[str, str]) -> dict[str, str]:
    given = {str(name).lower(): value for name, value in headers.items()}
    signed = {name: given.get(name.lower(), "") for name in HEADERS}
    for name, value in signed.items():
        if not isinstance(value, str) or not value.isascii() or not 0 < len(value) <= LONGEST_HEADER:
            raise NoticeRefused(f"no usable {name}")
    if signed["Wechatpay-Signature"].startswith(PROBE):
        raise NoticeRefused("probe with a wrong signature")  # WeChat tests that we refuse these
    if given.get("wechatpay-signature-type", SIGNATURE_TYPE) != SIGNATURE_TYPE:
        raise NoticeRefused("unknown signature type")
    return signed | {"Wechatpay-Signature-Type": SIGNATURE_TYPE}


def _require_known_serial(signed: dict[str, str], merchant: Merchant) -> None:
    if not hmac.compare_digest(signed["Wechatpay-Serial"].encode(), merchant.public_key_id.encode()):
        raise NoticeRefused("unknown serial")


def _require_fresh(signed: dict[str, str], now: datetime) -> None:
    digits = signed["Wechatpay-Timestamp"]
    if not digits.isdecimal() or len(digits) > 12:
        raise NoticeRefused("unreadable timestamp")
    if abs(now.timestamp() - int(digits)) > FRESH_SECONDS:
        raise NoticeRefused("stale timestamp")


def _open(client: WeChatPay, signed: dict[str, str], body: str) -> dict[str, Any]:
    try:
        envelope = client.callback(signed, body)
    except Exception:  # what a hostile body makes the library raise is open-ended; each of it is a refusal
        raise NoticeRefused("cannot be opened") from None
    if not isinstance(envelope, dict) or not isinstance(envelope.get("resource"), dict):
        raise NoticeRefused("wrong signature or key")
    return envelope


def _notice(envelope: dict[str, Any], merchant: Merchant) -> Notice:
    event = reading.text(envelope, "event_type")
    resource: dict[str, Any] = envelope["resource"]
    if resource.get("mchid") != merchant.mch_id:
        raise NoticeRefused("another merchant", status=403)
    if event == "TRANSACTION.SUCCESS":
        return _payment(reading.text(envelope, "id"), resource, merchant)
    if event.startswith("REFUND."):
        return _refund(reading.text(envelope, "id"), resource)
    raise NoticeRefused("unknown event", status=400)


def _payment(notice_id: str, resource: dict[str, Any], merchant: Merchant) -> Notice:
    if resource.get("appid") != merchant.app_id:
        raise NoticeRefused("another app", status=403)
    return Notice(
        kind="payment",
        id=notice_id,
        state=reading.word(reading.TRADES, resource, "trade_state"),
        out_trade_no=reading.text(resource, "out_trade_no"),
        transaction_id=reading.text(resource, "transaction_id"),
        amount_fen=reading.fen(resource, "total"),
        currency=reading.text(resource["amount"], "currency"),
        mchid=merchant.mch_id,
        appid=merchant.app_id,
        openid=reading.text(resource.get("payer"), "openid"),
        at=reading.moment(resource, "success_time"),
        payload=resource,
    )


def _refund(notice_id: str, resource: dict[str, Any]) -> Notice:
    return Notice(
        kind="refund",
        id=notice_id,
        state=reading.word(reading.REFUNDS, resource, "refund_status"),
        out_trade_no=reading.text(resource, "out_trade_no"),
        out_refund_no=reading.text(resource, "out_refund_no"),
        refund_id=reading.text(resource, "refund_id"),
        transaction_id=reading.text(resource, "transaction_id"),
        amount_fen=reading.fen(resource, "refund"),
        mchid=reading.text(resource, "mchid"),
        at=reading.moment(resource, "success_time"),
        payload=resource,
    )
