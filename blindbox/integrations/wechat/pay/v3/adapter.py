"""The gateway `wechat_v3`: what orders ask, in WeChat Pay's APIv3 (pay.weixin.qq.com/doc/v3/merchant)."""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, ClassVar, Literal, TypeVar
from zoneinfo import ZoneInfo

import requests
from wechatpayv3 import WeChatPay

from blindbox.integrations.wechat.pay.errors import ProviderRefused, ProviderUnavailable
from blindbox.integrations.wechat.pay.gateway import Notice, RefundState, Reply, TradeState
from blindbox.integrations.wechat.pay.v3 import notices, reading
from blindbox.integrations.wechat.pay.v3.merchant import Merchant
from blindbox.integrations.wechat.pay.v3.transport import UnverifiedAnswer, signed_client

Answer = dict[str, Any]
Read = TypeVar("Read")

BEIJING = ZoneInfo("Asia/Shanghai")
NUMBER = re.compile(r"[0-9A-Za-z_*|@-]{6,64}")  # what WeChat allows in our numbers; they become part of a path
DESCRIPTION_LIMIT, REASON_LIMIT = 127, 80
NOT_THERE = {"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"}
PAID = {"ORDER_PAID", "ORDERPAID"}
CLOSED = {"ORDER_CLOSED", "ORDERCLOSED"} | NOT_THERE
PASSING = {"FREQUENCY_LIMITED", "FREQUENCY_LIMIT_EXCEED", "USERPAYING", "USER_PAYING", "BANKERROR"}


@lru_cache(maxsize=4)
def _adapter(merchant: Merchant) -> "WechatV3":
    return WechatV3(merchant)


class WechatV3:
    """One merchant at WeChat Pay. Made without a call; keys are read at the first use."""

    name: ClassVar[str] = "wechat_v3"
    reply_content_type: ClassVar[str] = "application/json"

    def __init__(self, merchant: Merchant) -> None:
        self.merchant = merchant

    @classmethod
    def from_settings(cls) -> "WechatV3":
        return _adapter(Merchant.from_settings())

    @cached_property
    def _client(self) -> WeChatPay:
        try:
            return signed_client(self.merchant)
        except Exception as error:  # a missing file, or the library's bare Exception about its content
            raise ProviderUnavailable(reason="merchant keys cannot be read") from error

    def prepay(
        self,
        *,
        out_trade_no: str,
        amount_fen: int,
        openid: str,
        description: str,
        expires_at: datetime,
        now: datetime,  # APIv3 takes only the end of the window; V2 wants its start too
    ) -> str:
        answer = self._ask(
            self._client.pay,
            description=description[:DESCRIPTION_LIMIT],
            out_trade_no=_number(out_trade_no),
            amount={"total": amount_fen, "currency": "CNY"},
            payer={"openid": openid},
            time_expire=expires_at.astimezone(BEIJING).isoformat(timespec="seconds"),
        )
        return _read(lambda: reading.text(answer, "prepay_id"))

    def client_params(self, prepay_id: str, now: datetime) -> dict[str, str]:
        app_id, timestamp = self.merchant.app_id, str(int(now.timestamp()))
        nonce, package = secrets.token_hex(16), f"prepay_id={prepay_id}"
        return {
            "appId": app_id,
            "timeStamp": timestamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": self._client.sign([app_id, timestamp, nonce, package]),
        }

    def query(self, out_trade_no: str) -> TradeState:
        try:
            answer = self._ask(self._client.query, out_trade_no=_number(out_trade_no))
        except ProviderRefused as refused:
            if refused.reason not in NOT_THERE:
                raise
            return TradeState(state="not_found")
        state = _read(lambda: reading.trade_state(answer))
        mine = self.merchant
        _require((answer.get("out_trade_no"), state.mchid, state.appid) == (out_trade_no, mine.mch_id, mine.app_id))
        return state

    def close(self, out_trade_no: str) -> Literal["closed", "paid"]:
        try:
            self._ask(self._client.close, out_trade_no=_number(out_trade_no))
        except ProviderRefused as refused:
            if refused.reason in PAID:
                return "paid"
            if refused.reason not in CLOSED:
                raise
        return "closed"

    def refund(
        self,
        *,
        out_refund_no: str,
        amount_fen: int,
        total_fen: int,
        reason: str,
        now: datetime,
        out_trade_no: str | None = None,
        transaction_id: str | None = None,
    ) -> RefundState:
        answer = self._ask(
            self._client.refund,
            out_refund_no=_number(out_refund_no),
            amount={"refund": amount_fen, "total": total_fen, "currency": "CNY"},
            out_trade_no=out_trade_no,
            transaction_id=transaction_id,
            reason=reason[:REASON_LIMIT],
            notify_url=self.merchant.notify_url("refund_notify"),
        )
        state = _read(lambda: reading.refund_state(answer))
        _require((state.out_refund_no, state.amount_fen) == (out_refund_no, amount_fen))
        _require(_read(lambda: reading.fen(answer, "total")) == total_fen)
        _require(out_trade_no in (None, state.out_trade_no) and transaction_id in (None, state.transaction_id))
        return state

    def query_refund(self, out_refund_no: str) -> RefundState:
        try:
            answer = self._ask(self._client.query_refund, out_refund_no=_number(out_refund_no))
        except ProviderRefused as refused:
            if refused.reason not in NOT_THERE:
                raise
            return RefundState(state="not_found", out_refund_no=out_refund_no)
        state = _read(lambda: reading.refund_state(answer))
        _require(state.out_refund_no == out_refund_no)
        return state

    def parse_notify(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Notice:
        return notices.parse(self._client, self.merchant, headers, raw, now)

    def acknowledge(self) -> Reply:
        return Reply(204, "")

    def refuse(self, message: str, status: int = 400) -> Reply:
        return Reply(status, json.dumps({"code": "FAIL", "message": message}, ensure_ascii=False))

    def _ask(self, call: Callable[..., tuple[int, str]], **arguments: Any) -> Answer:
        try:
            status, body = call(**arguments)
        except requests.RequestException as error:
            raise ProviderUnavailable(reason=type(error).__name__) from error
        except UnverifiedAnswer as error:
            raise ProviderUnavailable(reason=str(error)) from error
        answer = _object(body)
        if status in (200, 204):
            return answer
        code = str(answer.get("code", ""))
        if status >= 500 or status == 429 or code in PASSING or not code:
            raise ProviderUnavailable(reason=code or str(status))
        raise ProviderRefused(reason=code)


def _object(body: str) -> Answer:
    try:
        answer = json.loads(body or "{}")
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _read(read: Callable[[], Read]) -> Read:
    try:
        return read()
    except reading.Unreadable as error:
        raise ProviderUnavailable(reason=f"unreadable {error}") from error


def _require(is_what_we_asked_about: bool) -> None:
    if not is_what_we_asked_about:
        raise ProviderUnavailable(reason="answer to another question")


def _number(number: str) -> str:
    if not NUMBER.fullmatch(number):
        raise ValueError(f"not a number that WeChat allows: {number!r}")
    return number
