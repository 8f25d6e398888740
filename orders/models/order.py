from datetime import datetime

from django.db import models
from django.db.models import F, Q

from blindbox.common.fields import CodeField
from blindbox.common.models import TimestampedModel
from orders.enums import CloseReason, OrderSource, OrderStatus, PayWith

AMOUNTS = (
    "goods_fen", "discount_fen", "points_used", "points_fen", "wallet_fen", "freight_fen", "payable_fen", "paid_fen",
)  # fmt: skip


class OrderQuerySet(models.QuerySet["Order"]):
    def expired(self, *, now: datetime) -> "OrderQuerySet":
        return self.filter(status=OrderStatus.PENDING, expires_at__lte=now)


class Order(TimestampedModel):
    """What a member owes for; knows its payer and source, not who consumes it."""

    order_no = CodeField("订单号", max_length=32, unique=True)
    member = models.ForeignKey(
        "accounts.Member", on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name="用户"
    )
    source = models.CharField("来源", max_length=16, choices=OrderSource.choices)
    status = models.CharField("状态", max_length=16, choices=OrderStatus.choices)
    pay_with = models.CharField("支付方式", max_length=16, choices=PayWith.choices)
    goods_fen = models.BigIntegerField("商品金额（分）", default=0)
    discount_fen = models.BigIntegerField("优惠（分）", default=0)
    points_used = models.BigIntegerField("使用积分", default=0)
    points_fen = models.BigIntegerField("积分抵扣（分）", default=0)
    wallet_fen = models.BigIntegerField("钱包支付（分）", default=0)
    freight_fen = models.BigIntegerField("运费（分）", default=0)
    payable_fen = models.BigIntegerField("应付（分）", default=0)
    paid_fen = models.BigIntegerField("实付（分）", default=0)
    refunded_fen = models.BigIntegerField("已退（分）", default=0)
    expires_at = models.DateTimeField("支付截止", null=True)
    paid_at = models.DateTimeField("支付时间", null=True)
    completed_at = models.DateTimeField("完成时间", null=True)
    closed_at = models.DateTimeField("关闭时间", null=True)
    close_reason = models.CharField("关闭原因", max_length=16, choices=CloseReason.choices, default="", blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        db_table = "order_headers"
        verbose_name = verbose_name_plural = "订单"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    payable_fen=F("goods_fen")
                    - F("discount_fen")
                    - F("points_fen")
                    - F("wallet_fen")
                    + F("freight_fen")
                ),
                name="order_amounts_add_up",
            ),
            models.CheckConstraint(
                condition=Q(**{f"{amount}__gte": 0 for amount in AMOUNTS}), name="order_amounts_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(refunded_fen__gte=0, refunded_fen__lte=F("paid_fen")), name="order_refund_within_paid"
            ),
            models.CheckConstraint(
                condition=Q(status__in=OrderStatus.settled(), paid_at__isnull=False)
                | Q(status__in=OrderStatus.unsettled(), paid_at__isnull=True),
                name="order_paid_at_matches_status",
            ),
            models.CheckConstraint(
                condition=Q(paid_at__isnull=True, paid_fen=0) | Q(paid_at__isnull=False, paid_fen=F("payable_fen")),
                name="order_paid_in_full_or_not_at_all",
            ),
            models.CheckConstraint(
                condition=Q(status=OrderStatus.COMPLETED, completed_at__isnull=False)
                | Q(status__in=[OrderStatus.PAID, *OrderStatus.unsettled()], completed_at__isnull=True)
                | Q(status__in=[OrderStatus.REFUNDING, OrderStatus.REFUNDED]),
                name="order_completed_at_matches_status",
            ),
            models.CheckConstraint(  # what was closed and paid late keeps when and why
                condition=Q(closed_at__isnull=True, close_reason="") & ~Q(status=OrderStatus.CLOSED)
                | Q(closed_at__isnull=False, close_reason__in=CloseReason.given()) & ~Q(status=OrderStatus.PENDING),
                name="order_closed_at_matches_status",
            ),
            models.CheckConstraint(
                condition=~Q(status=OrderStatus.PENDING) | Q(expires_at__isnull=False), name="order_waits_until_a_time"
            ),
            models.CheckConstraint(
                condition=Q(source__in=OrderSource.values, pay_with__in=PayWith.values), name="order_source_known"
            ),
        ]
        indexes = [
            models.Index(fields=["status", "expires_at"], name="order_expiry_idx"),
            models.Index(fields=["member", "id"], name="order_member_idx"),
            models.Index(fields=["paid_at"], name="order_paid_idx"),
        ]

    def __str__(self) -> str:
        return self.order_no


class OrderItem(models.Model):
    """One line of an order."""

    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, related_name="items", db_index=False, verbose_name="订单"
    )
    line = models.PositiveSmallIntegerField("行号")
    title = models.CharField("名称", max_length=200)
    product_id = models.BigIntegerField("商品编号", null=True)
    quantity = models.PositiveIntegerField("数量")
    unit_price_fen = models.BigIntegerField("单价（分）", default=0)
    unit_points = models.BigIntegerField("积分单价", default=0)
    amount_fen = models.BigIntegerField("小计（分）", default=0)

    class Meta:
        db_table = "order_items"
        verbose_name = verbose_name_plural = "订单明细"
        constraints = [
            models.UniqueConstraint(fields=["order", "line"], name="order_item_line_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, unit_price_fen__gte=0, unit_points__gte=0, amount_fen__gte=0),
                name="order_item_is_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} × {self.quantity}"
