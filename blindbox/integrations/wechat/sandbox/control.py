"""What a person, a script or a test does to the sandbox: pay, repeat, forge, refund, break. Its page is page.html."""

from pathlib import Path
from typing import Any

from blindbox.integrations.wechat.sandbox.courier import Courier, Notice, Reaction
from blindbox.integrations.wechat.sandbox.faults import Faults
from blindbox.integrations.wechat.sandbox.payments import Payment, Payments
from blindbox.integrations.wechat.sandbox.refunds import ABNORMAL, CLOSED, DONE, Refund, Refunds
from blindbox.integrations.wechat.sandbox.signing import Platform
from blindbox.integrations.wechat.sandbox.telling import Telling
from blindbox.integrations.wechat.sandbox.wire import Answer, Request, Routes

PAGE = Path(__file__).with_name("page.html")
LISTED = 200


class Control:
    """The routes under /control, and the page."""

    def __init__(
        self, payments: Payments, refunds: Refunds, courier: Courier, faults: Faults, platform: Platform
    ) -> None:
        self._payments, self._refunds, self._courier = payments, refunds, courier
        self._faults, self._platform = faults, platform

    def add_to(self, routes: Routes) -> None:
        routes.add("GET", "/", self.page)
        routes.add("GET", "/control/payments", self.list_payments)
        routes.add("GET", "/control/payments/{out_trade_no}", self.show_payment)
        routes.add("POST", "/control/payments/{out_trade_no}/pay", self.pay)
        routes.add("GET", "/control/refunds", self.list_refunds)
        routes.add("POST", "/control/refunds/{out_refund_no}/succeed", self.succeed)
        routes.add("POST", "/control/refunds/{out_refund_no}/fail", self.fail)
        routes.add("GET", "/control/faults", self.list_faults)
        routes.add("POST", "/control/faults", self.arm_fault)
        routes.add("DELETE", "/control/faults", self.clear_faults)

    def page(self, request: Request) -> Answer:
        return Answer(body=PAGE.read_bytes(), content_type="text/html; charset=utf-8")

    def list_payments(self, request: Request) -> Answer:
        payments = [self._view_payment(payment) for payment in self._payments.newest(LISTED)]
        return Answer.of({"list": payments, "total": self._payments.count()})

    def show_payment(self, request: Request, out_trade_no: str) -> Answer:
        return Answer.of(self._view_payment(self._payments.get(out_trade_no)))

    def pay(self, request: Request, out_trade_no: str) -> Answer:
        """
        Pay, send the notice, and answer with what blindbox replied to each copy.

        Optional: times, threads, delay_ms (how often, how many at once, how long after the payment the notice goes
        out); late (pay although closed or expired); params (what `wx.requestPayment` got, checked as WeChat would);
        tamper (send a forged notice instead, and leave the payment as it is).
        """
        order = request.json()
        telling = Telling.of(order)
        payment = self._payments.get(out_trade_no)
        if "params" in order:
            self._platform.verify_client(order["params"], payment.prepay_id)
        if telling.is_forged:
            reactions = telling.repeat(self._courier, _forged(payment))
        else:
            payment = self._payments.pay(out_trade_no, late=order.get("late") is True)
            reactions = self._tell(telling, self._courier.of_payment(payment))
        return Answer.of({"payment": self._view_payment(payment), "notices": [vars(one) for one in reactions]})

    def list_refunds(self, request: Request) -> Answer:
        refunds = [self._view_refund(refund) for refund in self._refunds.newest(LISTED)]
        return Answer.of({"list": refunds, "total": self._refunds.count()})

    def succeed(self, request: Request, out_refund_no: str) -> Answer:
        return self._finish(request, out_refund_no, DONE)

    def fail(self, request: Request, out_refund_no: str) -> Answer:
        """Let a refund fail: ABNORMAL, or CLOSED where {"closed": true} asks for it."""
        return self._finish(request, out_refund_no, CLOSED if request.json().get("closed") is True else ABNORMAL)

    def list_faults(self, request: Request) -> Answer:
        return Answer.of(self._faults.view())

    def arm_fault(self, request: Request) -> Answer:
        self._faults.arm(request.json())
        return Answer.of(self._faults.view(), 201)

    def clear_faults(self, request: Request) -> Answer:
        self._faults.clear()
        return Answer.of(self._faults.view())

    def _finish(self, request: Request, out_refund_no: str, state: str) -> Answer:
        telling = Telling.of(request.json())
        refund = self._refunds.finish(out_refund_no, state)
        reactions = self._tell(telling, self._courier.of_refund(refund))
        return Answer.of({"refund": self._view_refund(refund), "notices": [vars(one) for one in reactions]})

    def _tell(self, telling: Telling, notice: Notice) -> list[Reaction]:
        reactions = telling.repeat(self._courier, notice)
        # One yes among the copies is enough for WeChat to stop; without any it goes on by its schedule.
        self._courier.settle(notice, next((one for one in reactions if one.is_yes), reactions[-1]))
        return reactions

    def _view_payment(self, payment: Payment) -> dict[str, Any]:
        return {
            "out_trade_no": payment.out_trade_no,
            "trade_state": payment.state,
            "amount_fen": payment.total,
            "description": payment.request["description"],
            "openid": payment.request["payer"]["openid"],
            "prepay_id": payment.prepay_id,
            "transaction_id": payment.transaction_id,
            "created_at": payment.created_at,
            "expires_at": payment.request.get("time_expire"),
            "is_expired": payment.is_expired,
            "paid_at": payment.paid_at,
            "notices": self._courier.history(payment.out_trade_no),
        }

    def _view_refund(self, refund: Refund) -> dict[str, Any]:
        return {
            "out_refund_no": refund.out_refund_no,
            "out_trade_no": refund.payment.out_trade_no,
            "status": refund.state,
            "amount_fen": refund.fen,
            "total_fen": refund.payment.total,
            "reason": refund.request.get("reason", ""),
            "created_at": refund.created_at,
            "done_at": refund.done_at,
            "notices": self._courier.history(refund.out_refund_no),
        }


def _forged(payment: Payment) -> Notice:
    """Return a notice of a payment that never took place; only a paid one has its true number."""
    claimed = payment if payment.transaction_id else payment.paid()
    return Notice("EV-forged", "TRANSACTION.SUCCESS", payment.request["notify_url"], claimed.transaction())
