"""Orders at WeChat Pay: announced by a merchant, paid by a person, closed by either time or the merchant."""

import json
import re
import secrets
import sqlite3
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from blindbox.integrations.wechat.sandbox import clock
from blindbox.integrations.wechat.sandbox.keys import Keyring
from blindbox.integrations.wechat.sandbox.store import Store
from blindbox.integrations.wechat.sandbox.wire import WechatError

NOTPAY, SUCCESS, CLOSED, REFUND = "NOTPAY", "SUCCESS", "CLOSED", "REFUND"
DESCRIBED = {NOTPAY: "订单未支付", SUCCESS: "支付成功", CLOSED: "订单已关闭", REFUND: "订单发生过退款"}
OUT_TRADE_NO = re.compile(r"[0-9A-Za-z_*|@-]{6,32}")
TEXTS = ("appid", "mchid", "description", "out_trade_no", "notify_url")


@dataclass(frozen=True)
class Payment:
    """One order; `request` is what the merchant announced, word for word."""

    out_trade_no: str
    request: dict[str, Any]
    prepay_id: str
    state: str
    created_at: str
    transaction_id: str | None = None
    paid_at: str | None = None

    @property
    def total(self) -> int:
        return int(self.request["amount"]["total"])

    @property
    def expires_at(self) -> datetime | None:
        return _moment(self.request.get("time_expire"))

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= clock.now()

    def paid(self) -> "Payment":
        """Return this order as it is once the person has paid."""
        number = f"4200{clock.now():%Y%m%d}{secrets.randbelow(10**16):016}"
        return replace(self, state=SUCCESS, transaction_id=number, paid_at=clock.written(clock.now()))

    def transaction(self) -> dict[str, Any]:
        """Return what WeChat tells the merchant about it, in answers and in notices."""
        facts = {
            "appid": self.request["appid"],
            "mchid": self.request["mchid"],
            "out_trade_no": self.out_trade_no,
            "trade_state": self.state,
            "trade_state_desc": DESCRIBED[self.state],
            "attach": self.request.get("attach", ""),
            "payer": {"openid": self.request["payer"]["openid"]},
            "amount": {"total": self.total, "payer_total": self.total, "currency": "CNY", "payer_currency": "CNY"},
        }
        if self.transaction_id:
            facts |= {
                "transaction_id": self.transaction_id,
                "trade_type": "JSAPI",
                "bank_type": "OTHERS",
                "success_time": self.paid_at,
            }
        return facts


class Payments:
    """The order book."""

    def __init__(self, store: Store, keys: Keyring) -> None:
        self._store, self._keys = store, keys

    def prepay(self, request: dict[str, Any]) -> Payment:
        """
        Enter an order, or find the same one again.

        :raises WechatError: if it is malformed, paid, closed, or the number stands for another order
        """
        self._check(request)
        with self._store.transaction():
            known = self._find(request["out_trade_no"])
            if known is None:
                return self._enter(request)
        _require(known.state not in (SUCCESS, REFUND), 400, "ORDER_PAID", "订单已支付")
        _require(known.state != CLOSED, 400, "ORDER_CLOSED", "订单已关闭")
        _require(known.request == request, 403, "OUT_TRADE_NO_USED", "商户订单号重复")
        return known

    def get(self, out_trade_no: str) -> Payment:
        """:raises WechatError: 404 ORDER_NOT_EXIST"""
        found = self._find(out_trade_no)
        if found is None:
            raise WechatError(404, "ORDER_NOT_EXIST", "订单不存在")
        return found

    def by_transaction(self, transaction_id: str) -> Payment:
        """:raises WechatError: 404 ORDER_NOT_EXIST"""
        row = self._store.one("SELECT * FROM payments WHERE transaction_id = ?", transaction_id)
        if row is None:
            raise WechatError(404, "ORDER_NOT_EXIST", "订单不存在")
        return _payment(row)

    def newest(self, limit: int) -> list[Payment]:
        """Return the latest orders."""
        return [_payment(row) for row in self._store.all("SELECT * FROM payments ORDER BY rowid DESC LIMIT ?", limit)]

    def count(self) -> int:
        return self._store.count("payments")

    def close(self, out_trade_no: str) -> None:
        """:raises WechatError: if it is unknown, paid or closed already"""
        with self._store.transaction():
            state = self.get(out_trade_no).state
            _require(state not in (SUCCESS, REFUND), 400, "ORDER_PAID", "订单已支付")
            _require(state != CLOSED, 400, "ORDER_CLOSED", "订单已关闭")
            self.mark(out_trade_no, CLOSED)

    def pay(self, out_trade_no: str, *, late: bool) -> Payment:
        """
        Let the person pay; somebody who has paid already stays with that.

        :raises WechatError: if it is unknown, or closed or expired and not paid `late` on purpose
        """
        with self._store.transaction():
            payment = self.get(out_trade_no)
            if payment.state in (SUCCESS, REFUND):
                return payment
            _require(late or payment.state != CLOSED, 409, "ORDER_CLOSED", "订单已关闭，迟到的支付请带上 late")
            _require(late or not payment.is_expired, 409, "ORDER_EXPIRED", "已过支付时间，迟到的支付请带上 late")
            paid = payment.paid()
            self._store.run(
                "UPDATE payments SET state = ?, transaction_id = ?, paid_at = ? WHERE out_trade_no = ?",
                *(paid.state, paid.transaction_id, paid.paid_at, out_trade_no),
            )
            return paid

    def mark(self, out_trade_no: str, state: str) -> None:
        """Move an order to another state."""
        self._store.run("UPDATE payments SET state = ? WHERE out_trade_no = ?", state, out_trade_no)

    def _find(self, out_trade_no: str) -> Payment | None:
        row = self._store.one("SELECT * FROM payments WHERE out_trade_no = ?", out_trade_no)
        return _payment(row) if row else None

    def _enter(self, request: dict[str, Any]) -> Payment:
        made = Payment(
            out_trade_no=request["out_trade_no"],
            request=request,
            prepay_id=f"wx{clock.now():%d%H%M%S}{secrets.token_hex(12)}",
            state=NOTPAY,
            created_at=clock.written(clock.now()),
        )
        self._store.run(
            "INSERT INTO payments (out_trade_no, request, prepay_id, state, created_at) VALUES (?, ?, ?, ?, ?)",
            *(made.out_trade_no, json.dumps(request), made.prepay_id, made.state, made.created_at),
        )
        return made

    def _check(self, request: dict[str, Any]) -> None:
        for name in TEXTS:
            _require(isinstance(request.get(name), str) and request[name] != "", 400, "PARAM_ERROR", f"{name} 必填")
        ours = (self._keys.app_id, self._keys.mch_id)
        _require((request["appid"], request["mchid"]) == ours, 400, "APPID_MCHID_NOT_MATCH", "appid 与 mchid 不匹配")
        _require(OUT_TRADE_NO.fullmatch(request["out_trade_no"]), 400, "PARAM_ERROR", "out_trade_no 不合规则")
        _require(request["notify_url"].startswith(("http://", "https://")), 400, "PARAM_ERROR", "notify_url 不合规则")
        _require(len(request["description"]) <= 127, 400, "PARAM_ERROR", "description 过长")
        match request:
            case {"amount": {"total": int(total)}, "payer": {"openid": str(openid)}} if total > 0 and openid:
                pass
            case _:
                raise WechatError(400, "PARAM_ERROR", "amount.total 或 payer.openid 不合规则")
        _check_expiry(request.get("time_expire"))


def _check_expiry(written: Any) -> None:
    if written is None:
        return
    expires_at = _moment(written)
    _require(expires_at and expires_at > clock.now(), 400, "PARAM_ERROR", "time_expire 不合规则或已过")


def _moment(written: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(written)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo else None


def _payment(row: sqlite3.Row) -> Payment:
    return Payment(**{**dict(row), "request": json.loads(row["request"])})


def _require(condition: Any, status: int, code: str, message: str) -> None:
    if not condition:
        raise WechatError(status, code, message)
