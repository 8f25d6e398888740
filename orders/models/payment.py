from datetime import datetime

from django.db import models
from django.db.models import Case, F, Q, Value, When

from blindbox.common.fields import CodeField
from blindbox.common.models import TimestampedModel
from orders.enums import PaymentStatus
from orders.models.order import Order


class PaymentQuerySet(models.QuerySet["Payment"]):
    def to_query(self, *, now: datetime) -> "PaymentQuerySet":
        return self.filter(next_query_at__lte=now)


class Payment(TimestampedModel):
    """What WeChat is asked to collect for an order; `out_trade_no` is stored first and never changes."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments", verbose_name="订单")
    gateway = models.CharField("渠道", max_length=16)
    out_trade_no = CodeField("商户单号", max_length=32, unique=True)
    amount_fen = models.BigIntegerField("金额（分）")
    status = models.CharField("状态", max_length=16, choices=PaymentStatus.choices, default=PaymentStatus.PREPARED)
    prepay_id = CodeField("预支付编号", max_length=128, default="", blank=True)
    transaction_id = CodeField("微信单号", max_length=64, null=True)
    refunding_fen = models.BigIntegerField("已申请退款（分）", default=0)
    expires_at = models.DateTimeField("支付截止")
    paid_at = models.DateTimeField("支付时间", null=True)
    closed_at = models.DateTimeField("关闭时间", null=True)
    next_query_at = models.DateTimeField("下次查单", null=True)
    queries = models.PositiveSmallIntegerField("查单次数", default=0)
    # MariaDB has no partial unique index: a NULL-able generated key stands in for one.
    open_order_id = models.GeneratedField(
        expression=Case(When(closed_at__isnull=True, then=F("order_id")), default=Value(None)),
        output_field=models.BigIntegerField(null=True),
        db_persist=True,
    )

    objects = PaymentQuerySet.as_manager()

    class Meta:
        db_table = "payment_preorders"
        verbose_name = verbose_name_plural = "支付单"
        constraints = [
            models.UniqueConstraint(fields=["open_order_id"], name="payment_one_open_per_order"),
            models.UniqueConstraint(fields=["gateway", "transaction_id"], name="payment_transaction_once"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=Q(refunding_fen__gte=0, refunding_fen__lte=F("amount_fen")), name="payment_refund_within_paid"
            ),
            models.CheckConstraint(
                condition=Q(status__in=PaymentStatus.received(), transaction_id__isnull=False, paid_at__isnull=False)
                | Q(status__in=PaymentStatus.unpaid(), transaction_id__isnull=True, paid_at__isnull=True),
                name="payment_transaction_matches_status",
            ),
            models.CheckConstraint(  # one that was closed and paid after all keeps when it was closed
                condition=Q(status=PaymentStatus.PREPARED, closed_at__isnull=True)
                | Q(status=PaymentStatus.CLOSED, closed_at__isnull=False)
                | Q(status__in=PaymentStatus.received()),
                name="payment_closed_at_matches_status",
            ),
        ]
        indexes = [models.Index(fields=["next_query_at"], name="payment_query_idx")]

    def __str__(self) -> str:
        return self.out_trade_no
