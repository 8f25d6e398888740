"""WeChat Pay APIv3 as merchants call it: signed requests in, signed answers out."""

from blindbox.integrations.wechat.sandbox import clock
from blindbox.integrations.wechat.sandbox.courier import Courier
from blindbox.integrations.wechat.sandbox.faults import Faults
from blindbox.integrations.wechat.sandbox.payments import Payments
from blindbox.integrations.wechat.sandbox.refunds import Refunds
from blindbox.integrations.wechat.sandbox.wire import Answer, Request, Routes, WechatError

PREFIX = "/v3/"


class PayApi:
    """The routes under /v3; the server has verified the merchant's signature before any of them runs."""

    def __init__(
        self,
        payments: Payments,
        refunds: Refunds,
        courier: Courier,
        faults: Faults,
        *,
        mch_id: str,
        refund_delay: float,
    ) -> None:
        self._payments, self._refunds, self._courier, self._faults = payments, refunds, courier, faults
        self._mch_id, self._refund_delay = mch_id, refund_delay

    def add_to(self, routes: Routes) -> None:
        routes.add("POST", "/v3/pay/transactions/jsapi", self.prepay)
        routes.add("GET", "/v3/pay/transactions/id/{transaction_id}", self.query_by_id)
        routes.add("GET", "/v3/pay/transactions/out-trade-no/{out_trade_no}", self.query)
        routes.add("POST", "/v3/pay/transactions/out-trade-no/{out_trade_no}/close", self.close)
        routes.add("POST", "/v3/refund/domestic/refunds", self.refund)
        routes.add("GET", "/v3/refund/domestic/refunds/{out_refund_no}", self.query_refund)

    def prepay(self, request: Request) -> Answer:
        return Answer.of({"prepay_id": self._payments.prepay(request.json()).prepay_id})

    def query(self, request: Request, out_trade_no: str) -> Answer:
        self._require_own(request.query.get("mchid"))
        return Answer.of(self._payments.get(out_trade_no).transaction())

    def query_by_id(self, request: Request, transaction_id: str) -> Answer:
        self._require_own(request.query.get("mchid"))
        return Answer.of(self._payments.by_transaction(transaction_id).transaction())

    def close(self, request: Request, out_trade_no: str) -> Answer:
        self._require_own(request.json().get("mchid"))
        self._payments.close(out_trade_no)
        return Answer(status=204)

    def refund(self, request: Request) -> Answer:
        due = None if self._faults.switches.hold_refunds else clock.later(self._refund_delay)
        refund = self._refunds.ask(request.json(), due=due)
        self._courier.wake()
        return Answer.of(refund.answer())

    def query_refund(self, request: Request, out_refund_no: str) -> Answer:
        return Answer.of(self._refunds.get(out_refund_no).answer())

    def _require_own(self, mch_id: object) -> None:
        if mch_id != self._mch_id:
            raise WechatError(400, "PARAM_ERROR", "商户号与签名不一致")
