from django.db import models
from django.db.models import Q

from activities.enums import DeliveryStatus, RewardKind
from blindbox.common.models import TimestampedModel


class PrizeDelivery(TimestampedModel):
    """
    A prize that another part of the shop hands out after the commit: what it is, and whether it arrived. Where it came
    from is its unique key, so nothing is delivered twice.
    """

    source = models.CharField("来源", max_length=16, db_comment="draw：抽奖；boss：Boss 结算")
    source_id = models.BigIntegerField("来源编号", db_comment="draw: draw_batches.id；boss: boss_awards.id")
    source_part = models.PositiveIntegerField("来源序号", db_comment="draw: draw_logs.idx")
    member = models.ForeignKey("accounts.Member", on_delete=models.PROTECT, related_name="+", verbose_name="用户")
    kind = models.CharField("类型", max_length=16, choices=RewardKind.choices)
    title = models.CharField("名称", max_length=100)
    coupon_id = models.BigIntegerField("优惠券", null=True, db_comment="coupons.id")
    amount_fen = models.BigIntegerField("钱包金额（分）", null=True)
    status = models.CharField("状态", max_length=16, choices=DeliveryStatus.choices, default=DeliveryStatus.PENDING)
    failures = models.PositiveSmallIntegerField("失败次数", default=0)
    last_error = models.CharField("最近错误", max_length=200, default="", blank=True)
    delivered_at = models.DateTimeField("发放时间", null=True)

    class Meta:
        db_table = "draw_prize_deliveries"
        verbose_name = verbose_name_plural = "奖品发放"
        constraints = [
            models.UniqueConstraint(fields=["source", "source_id", "source_part"], name="delivery_once_per_prize"),
            models.CheckConstraint(
                condition=Q(status=DeliveryStatus.DELIVERED, delivered_at__isnull=False)
                | Q(status__in=DeliveryStatus.waiting(), delivered_at__isnull=True)
                | Q(status=DeliveryStatus.REVOKED),
                name="delivery_time_matches_status",
            ),
            models.CheckConstraint(
                condition=Q(kind=RewardKind.COUPON, coupon_id__isnull=False, amount_fen__isnull=True)
                | Q(kind=RewardKind.WALLET, coupon_id__isnull=True, amount_fen__isnull=False, amount_fen__gte=1),
                name="delivery_is_of_its_kind",
            ),
        ]
        indexes = [models.Index(fields=["status", "id"], name="delivery_status_idx")]

    def __str__(self) -> str:
        return f"{self.title}（{self.source} {self.source_id}:{self.source_part}）"
