from django.db import models
from django.db.models import Q

from blindbox.common.fields import CodeField
from blindbox.common.models import TimestampedModel
from orders.enums import RefundFailure, RefundReason, RefundStatus
from orders.models.order import Order
from orders.models.payment import Payment


class Refund(TimestampedModel):
    """
    Money on its way back to where it came from.

    `out_refund_no` is stored before the first call and reused, until WeChat closes it: then the next one takes its
    place, and it is kept as a `ClosedRefundNumber`.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds", verbose_name="订单")
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="refunds", null=True, verbose_name="支付单"
    )
    out_refund_no = CodeField("退款单号", max_length=32, unique=True)
    amount_fen = models.BigIntegerField("退款金额（分）", default=0)
    points = models.BigIntegerField("退回积分", default=0)
    status = models.CharField("状态", max_length=16, choices=RefundStatus.choices, default=RefundStatus.REQUESTED)
    reason = models.CharField("原因", max_length=16, choices=RefundReason.choices)
    note = models.CharField("说明", max_length=80, default="", blank=True)
    refund_id = CodeField("微信退款单号", max_length=64, default="", blank=True)
    failure_kind = models.CharField("失败类型", max_length=16, choices=RefundFailure.choices, default="", blank=True)
    failure = models.CharField("失败原因", max_length=200, default="", blank=True)
    next_query_at = models.DateTimeField("下次查询", null=True)
    queries = models.PositiveSmallIntegerField("查询次数", default=0)
    succeeded_at = models.DateTimeField("到账时间", null=True)

    class Meta:
        db_table = "payment_refunds"
        verbose_name = verbose_name_plural = "退款单"
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0, payment__isnull=False, points__gte=0) | Q(amount_fen=0, points__gt=0),
                name="refund_is_something",
            ),
            models.CheckConstraint(
                condition=Q(status=RefundStatus.SUCCEEDED, succeeded_at__isnull=False)
                | Q(status__in=RefundStatus.not_arrived(), succeeded_at__isnull=True),
                name="refund_arrival_matches_status",
            ),
            models.CheckConstraint(
                condition=Q(status=RefundStatus.FAILED) & ~Q(failure_kind="")
                | ~Q(status=RefundStatus.FAILED) & Q(failure_kind=""),
                name="refund_failure_matches_status",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=RefundReason.values, failure_kind__in=RefundFailure.values),
                name="refund_reason_known",
            ),
        ]
        indexes = [
            models.Index(fields=["next_query_at"], name="refund_query_idx"),
            models.Index(fields=["status"], name="refund_status_idx"),
        ]

    def __str__(self) -> str:
        return self.out_refund_no


class ClosedRefundNumber(models.Model):
    """A number under which WeChat was asked for a refund and closed it without moving money. Append-only."""

    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="closed_numbers", verbose_name="退款单")
    out_refund_no = CodeField("退款单号", max_length=32, unique=True)
    provider_id = CodeField("微信退款单号", max_length=64, default="", blank=True)
    replaced_at = models.DateTimeField("换号时间")

    class Meta:
        db_table = "payment_refund_closed_numbers"
        verbose_name = verbose_name_plural = "已关闭的退款单号"

    def __str__(self) -> str:
        return self.out_refund_no
