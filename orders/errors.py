"""Refusals of this app."""

from blindbox.common.errors import Conflict, NeedsPerson, NotFound


class OrderNotFound(NotFound):
    message = "订单不存在"


class OrderNotPayable(Conflict):
    code, message = "order.not_payable", "订单当前状态不能支付"


class OrderExpired(Conflict):
    code, message = "order.expired", "订单已超时关闭"


class OrderNotCancellable(Conflict):
    code, message = "order.not_cancellable", "订单当前状态不能取消"


class OrderNotRefundable(Conflict):
    code, message = "order.not_refundable", "订单当前状态不能退款"


class PaymentMismatch(NeedsPerson):
    """A verified notice does not fit the payment it names."""

    code, message = "payment.mismatch", "支付通知与支付单不符：{what}"


class PaymentUnknown(Conflict):
    code, message = "payment.unknown", "没有支付单 {number}"


class RefundTooMuch(Conflict):
    code, message = "refund.too_much", "退款金额超过可退金额"


class RefundNotRepeatable(Conflict):
    code, message = "refund.not_repeatable", "这笔退款当前不能这样重试"


class RefundNotClosed(Conflict):
    code, message = "refund.not_closed", "微信侧这笔退款没有关闭（{state}），不能换新单号，否则可能退两次"


class InventoryNotHeld(Conflict):
    code, message = "inventory.not_held", "奖品已转赠、发货或不在持有状态"


class WalletNotAllowedHere(Conflict):
    code, message = "wallet.not_allowed_here", "这里不能使用钱包支付"
