from datetime import datetime

from django.db import models
from django.db.models import F, Q

from blindbox.common.models import TimestampedModel


class NoticeQuerySet(models.QuerySet["Notice"]):
    def live(self, *, now: datetime) -> "NoticeQuerySet":
        return self.filter(is_published=True, starts_at__lte=now, ends_at__gt=now)


class Notice(TimestampedModel):
    """An announcement to members, shown in [starts_at, ends_at)."""

    title = models.CharField("标题", max_length=100)
    body = models.TextField("内容", max_length=5000)
    is_published = models.BooleanField("已发布", default=False)
    starts_at = models.DateTimeField("开始时间")
    ends_at = models.DateTimeField("结束时间")

    objects = NoticeQuerySet.as_manager()

    class Meta:
        db_table = "system_notices"
        verbose_name = verbose_name_plural = "公告"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="notice_window_not_empty",
                violation_error_message="结束时间必须晚于开始时间",
            )
        ]

    def __str__(self) -> str:
        return self.title
