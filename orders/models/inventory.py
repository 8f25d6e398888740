from django.db import models
from django.db.models import Q

from blindbox.common.models import TimestampedModel
from orders.enums import InventoryReason, InventoryStatus


class InventoryItem(TimestampedModel):
    """One unit that a member owns. Where it came from is its unique key, so that no grant can happen twice."""

    member = models.ForeignKey(
        "accounts.Member", on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name="用户"
    )
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT, related_name="+", verbose_name="商品")
    source = models.CharField("来源", max_length=16, db_comment="授予它的业务：draw")
    source_id = models.BigIntegerField("来源编号", db_comment="draw: draw_batches.id")
    source_part = models.PositiveIntegerField("来源序号", db_comment="draw: draw_logs.idx")
    title = models.CharField("名称", max_length=100)
    image_url = models.CharField("图片", max_length=500, default="", blank=True)
    reference_value_fen = models.BigIntegerField("参考价（分）", default=0)
    status = models.CharField("状态", max_length=16, choices=InventoryStatus.choices, default=InventoryStatus.HELD)
    reason = models.CharField("离库原因", max_length=16, choices=InventoryReason.choices, default="", blank=True)
    version = models.PositiveIntegerField("版本", default=0)

    class Meta:
        db_table = "user_inventory"
        verbose_name = verbose_name_plural = "持仓"
        constraints = [
            models.UniqueConstraint(fields=["source", "source_id", "source_part"], name="inventory_once_per_grant"),
            models.CheckConstraint(
                condition=Q(status__in=InventoryStatus.here(), reason="")
                | Q(status=InventoryStatus.GONE, reason__in=InventoryReason.given()),
                name="inventory_reason_matches_status",
            ),
            models.CheckConstraint(condition=Q(reference_value_fen__gte=0), name="inventory_value_not_negative"),
        ]
        indexes = [models.Index(fields=["member", "status", "id"], name="inventory_member_idx")]

    def __str__(self) -> str:
        return self.title
