"""Refunds at WeChat Pay: accepted at once, done a little later, and sometimes not."""

import json
import secrets
import sqlite3
from dataclasses import dataclass, replace
from typing import Any

from blindbox.integrations.wechat.sandbox import clock
from blindbox.integrations.wechat.sandbox.payments import REFUND, SUCCESS, Payment, Payments
from blindbox.integrations.wechat.sandbox.store import Store
from blindbox.integrations.wechat.sandbox.wire import WechatError

PROCESSING, DONE, CLOSED, ABNORMAL = "PROCESSING", "SUCCESS", "CLOSED", "ABNORMAL"
MOST_PER_ORDER = 50


@dataclass(frozen=True)
class Refund:
    """One refund of one order; `request` is what the merchant asked, word for word."""

    out_refund_no: str
    payment: Payment
    request: dict[str, Any]
    refund_id: str
    state: str
    created_at: str
    done_at: str | None = None

    @property
    def fen(self) -> int:
        return int(self.request["amount"]["refund"])

    def answer(self) -> dict[str, Any]:
        """Return what WeChat answers about it."""
        return self._facts() | {
            "status": self.state,
            "channel": "ORIGINAL",
            "create_time": self.created_at,
            "funds_account": "AVAILABLE",
            "amount": self._amount() | {"settlement_refund": self.fen, "discount_refund": 0, "currency": "CNY"},
        }

    def resource(self) -> dict[str, Any]:
        """Return what WeChat puts into a notice about it."""
        return self._facts() | {
            "mchid": self.payment.request["mchid"],
            "refund_status": self.state,
            "amount": self._amount(),
        }

    def _facts(self) -> dict[str, Any]:
        facts = {
            "out_refund_no": self.out_refund_no,
            "refund_id": self.refund_id,
            "out_trade_no": self.payment.out_trade_no,
            "transaction_id": self.payment.transaction_id,
            "user_received_account": "支付用户零钱",
        }
        return facts | ({"success_time": self.done_at} if self.done_at else {})

    def _amount(self) -> dict[str, Any]:
        total = self.payment.total
        return {"total": total, "refund": self.fen, "payer_total": total, "payer_refund": self.fen}


class Refunds:
    """The refund book."""

    def __init__(self, store: Store, payments: Payments) -> None:
        self._store, self._payments = store, payments

    def ask(self, request: dict[str, Any], *, due: float | None) -> Refund:
        """
        Accept a refund, or find the same one again; it succeeds by itself when `due`, or never.

        :raises WechatError: if there is no such payment, or it is not paid, or too little of it is left
        """
        number = request.get("out_refund_no")
        _require(isinstance(number, str) and 0 < len(number) <= 64, "PARAM_ERROR", "out_refund_no 不合规则")
        with self._store.transaction():
            known = self._find(str(number))
            if known:
                _require(known.request == request, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致")
                return known
            payment = self._payment_of(request)
            self._check(request, payment)
            return self._enter(str(number), request, payment, due)

    def get(self, out_refund_no: str) -> Refund:
        """:raises WechatError: 404 RESOURCE_NOT_EXISTS"""
        found = self._find(out_refund_no)
        if found is None:
            raise WechatError(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
        return found

    def newest(self, limit: int) -> list[Refund]:
        """Return the latest refunds."""
        return [
            self._refund(row) for row in self._store.all("SELECT * FROM refunds ORDER BY rowid DESC LIMIT ?", limit)
        ]

    def count(self) -> int:
        return self._store.count("refunds")

    def finish(self, out_refund_no: str, state: str) -> Refund:
        """
        Let a refund in progress end so; one that has ended so already stays as it is.

        :raises WechatError: if it is unknown, or has ended otherwise
        """
        with self._store.transaction():
            refund = self.get(out_refund_no)
            if refund.state == state:
                return refund
            if refund.state != PROCESSING:
                raise WechatError(409, "REFUND_ENDED", f"退款单已是 {refund.state}")
            done_at = clock.written(clock.now()) if state == DONE else None
            self._store.run(
                "UPDATE refunds SET state = ?, done_at = ?, due = NULL WHERE out_refund_no = ?",
                *(state, done_at, out_refund_no),
            )
            return replace(refund, state=state, done_at=done_at)

    def due(self, at: float) -> list[str]:
        """Return the numbers of the refunds whose time has come."""
        return [row["out_refund_no"] for row in self._store.all("SELECT * FROM refunds WHERE due <= ?", at)]

    def _payment_of(self, request: dict[str, Any]) -> Payment:
        try:
            if request.get("transaction_id"):
                return self._payments.by_transaction(str(request["transaction_id"]))
            return self._payments.get(str(request.get("out_trade_no")))
        except WechatError:
            raise WechatError(404, "RESOURCE_NOT_EXISTS", "订单不存在") from None

    def _check(self, request: dict[str, Any], payment: Payment) -> None:
        _require(payment.state in (SUCCESS, REFUND), "INVALID_REQUEST", "订单未支付")
        _require(isinstance(request.get("notify_url", ""), str), "PARAM_ERROR", "notify_url 不合规则")
        match request.get("amount"):
            case {"refund": int(fen), "total": int(total), "currency": "CNY"} if fen > 0 and total == payment.total:
                pass
            case _:
                raise WechatError(400, "PARAM_ERROR", "amount 不合规则或与原订单不一致")
        earlier = [refund for refund in self._of(payment) if refund.state != CLOSED]
        _require(sum(refund.fen for refund in earlier) + fen <= total, "INVALID_REQUEST", "退款金额超过可退金额")
        _require(len(earlier) < MOST_PER_ORDER, "INVALID_REQUEST", "部分退款次数超过上限")

    def _enter(self, number: str, request: dict[str, Any], payment: Payment, due: float | None) -> Refund:
        made = Refund(
            out_refund_no=number,
            payment=payment,
            request=request,
            refund_id=f"503{clock.now():%Y%m%d}{secrets.randbelow(10**18):018}",
            state=PROCESSING,
            created_at=clock.written(clock.now()),
        )
        self._store.run(
            "INSERT INTO refunds (out_refund_no, out_trade_no, request, refund_id, state, created_at, due) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(number, payment.out_trade_no, json.dumps(request), made.refund_id, made.state, made.created_at, due),
        )
        self._payments.mark(payment.out_trade_no, REFUND)
        return made

    def _of(self, payment: Payment) -> list[Refund]:
        rows = self._store.all("SELECT * FROM refunds WHERE out_trade_no = ?", payment.out_trade_no)
        return [self._refund(row) for row in rows]

    def _find(self, out_refund_no: str) -> Refund | None:
        row = self._store.one("SELECT * FROM refunds WHERE out_refund_no = ?", out_refund_no)
        return self._refund(row) if row else None

    def _refund(self, row: sqlite3.Row) -> Refund:
        return Refund(
            out_refund_no=row["out_refund_no"],
            payment=self._payments.get(row["out_trade_no"]),
            request=json.loads(row["request"]),
            refund_id=row["refund_id"],
            state=row["state"],
            created_at=row["created_at"],
            done_at=row["done_at"],
        )


def _require(condition: Any, code: str, message: str) -> None:
    if not condition:
        raise WechatError(400, code, message)
