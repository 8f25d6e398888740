"""Words of this app, with their Chinese labels."""

from django.db import models


class OrderSource(models.TextChoices):
    DRAW = "draw", "活动抽奖"
    MALL = "mall", "商城"
    POINTS = "points", "积分兑换"
    GROUP_BUY = "group_buy", "拼团"
    BARGAIN = "bargain", "砍价"
    FLASH_SALE = "flash_sale", "秒杀"
    SERVICE = "service", "服务"
    FREIGHT = "freight", "运费"
    PACKET_POOL = "packet_pool", "红包池充值"


class PayWith(models.TextChoices):
    POINTS = "points", "积分"
    WALLET = "wallet", "钱包"
    WEIXIN = "weixin", "微信支付"
    FREE = "free", "免费"


class OrderStatus(models.TextChoices):
    PENDING = "pending", "待支付"
    PAID = "paid", "已支付"
    COMPLETED = "completed", "已完成"
    CLOSED = "closed", "已关闭"
    REFUNDING = "refunding", "退款中"
    REFUNDED = "refunded", "已退款"

    @classmethod
    def settled(cls) -> list["OrderStatus"]:
        """Return the statuses in which the money was received at some time."""
        return [cls.PAID, cls.COMPLETED, cls.REFUNDING, cls.REFUNDED]

    @classmethod
    def unsettled(cls) -> list["OrderStatus"]:
        return [cls.PENDING, cls.CLOSED]


class CloseReason(models.TextChoices):
    NONE = "", ""
    EXPIRED = "expired", "超时未支付"
    CANCELLED = "cancelled", "用户取消"

    @classmethod
    def given(cls) -> list["CloseReason"]:
        """Return the reasons for which an order is closed."""
        return [cls.EXPIRED, cls.CANCELLED]


class PaymentStatus(models.TextChoices):
    PREPARED = "prepared", "待支付"
    SUCCESS = "success", "支付成功"
    CLOSED = "closed", "已关闭"
    SURPLUS = "surplus", "多付待退"
    REFUNDED = "refunded", "已退款"

    @classmethod
    def received(cls) -> list["PaymentStatus"]:
        """Return the statuses in which WeChat took the money at some time."""
        return [cls.SUCCESS, cls.SURPLUS, cls.REFUNDED]

    @classmethod
    def unpaid(cls) -> list["PaymentStatus"]:
        return [cls.PREPARED, cls.CLOSED]


class RefundStatus(models.TextChoices):
    REQUESTED = "requested", "已申请"
    PROCESSING = "processing", "处理中"
    SUCCEEDED = "succeeded", "已退款"
    FAILED = "failed", "退款失败"
    REJECTED = "rejected", "已驳回"

    @classmethod
    def running(cls) -> list["RefundStatus"]:
        """Return the statuses in which the provider works on it, or is about to."""
        return [cls.REQUESTED, cls.PROCESSING]

    @classmethod
    def unfinished(cls) -> list["RefundStatus"]:
        """Return the statuses from which the money may still arrive."""
        return [cls.REQUESTED, cls.PROCESSING, cls.FAILED]

    @classmethod
    def not_arrived(cls) -> list["RefundStatus"]:
        """Return the statuses in which nothing has moved yet."""
        return [cls.REQUESTED, cls.PROCESSING, cls.FAILED, cls.REJECTED]


class RefundFailure(models.TextChoices):
    """Why a refund stopped. Only a closed one goes on under another number, the others under their own."""

    NONE = "", ""
    REFUSED = "refused", "微信拒绝"
    CLOSED = "closed", "微信已关闭"
    ABNORMAL = "abnormal", "退款异常"
    UNKNOWN = "unknown", "微信查不到"
    SILENT = "silent", "微信没有结果"


class RefundReason(models.TextChoices):
    LATE = "late", "支付超时后到账，名额已释放"
    SURPLUS = "surplus", "重复支付"
    STAFF = "staff", "客服退款"


class StaffRefund(models.TextChoices):
    """What the operation log calls each way in which staff refund an order; X5 looks for all of them."""

    WHOLE = "退款"
    STUCK = "退款（未能开奖）"


class InventoryStatus(models.TextChoices):
    HELD = "held", "持有中"
    RESERVED = "reserved", "占用中"
    GONE = "gone", "已离库"

    @classmethod
    def here(cls) -> list["InventoryStatus"]:
        """Return the statuses in which its member owns it."""
        return [cls.HELD, cls.RESERVED]


class InventoryReason(models.TextChoices):
    NONE = "", ""
    REFUNDED = "refunded", "已退款"

    @classmethod
    def given(cls) -> list["InventoryReason"]:
        """Return the reasons for which an item has left."""
        return [cls.REFUNDED]
