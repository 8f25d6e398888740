import hashlib
import secrets

from django.db import models
from django.db.models import F, Q

from activities.enums import ActivityStatus
from blindbox.common.fields import CodeField
from blindbox.common.models import TimestampedModel


def new_serial_no() -> str:
    """Return the 16 middle characters of a digest of random bytes: nobody guesses the next one from the last."""
    return hashlib.sha256(secrets.token_bytes(32)).hexdigest()[24:40]


class ActivityCategory(TimestampedModel):
    """How activities are grouped in the mini-program."""

    name = models.CharField("名称", max_length=40, unique=True)
    sort = models.IntegerField("排序", default=0)
    is_visible = models.BooleanField("显示", default=True)

    class Meta:
        db_table = "activity_categories"
        verbose_name = verbose_name_plural = "活动分类"

    def __str__(self) -> str:
        return self.name


class Activity(TimestampedModel):
    """A blind box on offer. It is sold in issues; what an issue sells is frozen when it opens."""

    serial_no = CodeField("活动编号", max_length=16, unique=True, default=new_serial_no, editable=False)
    name = models.CharField("名称", max_length=100)
    category = models.ForeignKey(
        ActivityCategory, on_delete=models.PROTECT, related_name="activities", verbose_name="活动分类"
    )
    gameplay = models.CharField("玩法", max_length=32)
    is_boss = models.BooleanField("Boss 挑战", default=False)
    tags = models.JSONField("标签", default=list, blank=True, db_comment="文本的列表")
    status = models.CharField("状态", max_length=16, choices=ActivityStatus.choices, default=ActivityStatus.ACTIVE)
    price_fen = models.BigIntegerField("单抽价格（分）", null=True, blank=True)
    price_points = models.BigIntegerField("单抽积分", null=True, blank=True)
    cover_url = models.CharField("封面", max_length=500, default="", blank=True)
    description = models.TextField("介绍", default="", blank=True, max_length=20_000)
    rules = models.TextField("规则说明", default="", blank=True, max_length=20_000)
    starts_at = models.DateTimeField("开始时间")
    ends_at = models.DateTimeField("结束时间", null=True, blank=True)
    config = models.JSONField("玩法配置", default=dict, blank=True, db_comment="由玩法校验")

    class Meta:
        db_table = "activities"
        verbose_name = verbose_name_plural = "活动"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="activity_window_not_empty",
                violation_error_message="结束时间必须晚于开始时间",
            ),
            models.CheckConstraint(
                condition=(Q(price_fen__isnull=True) | Q(price_fen__gte=1))
                & (Q(price_points__isnull=True) | Q(price_points__gte=1)),
                name="activity_price_positive",
                violation_error_message="单抽价格和单抽积分必须大于 0；不用的一种请留空",
            ),
        ]
        indexes = [models.Index(fields=["status", "category"], name="activity_list_idx")]

    def __str__(self) -> str:
        return self.name
