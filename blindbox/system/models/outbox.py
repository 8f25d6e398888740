from datetime import datetime

from django.db import models
from django.utils import timezone

from blindbox.common import events
from blindbox.common.fields import CodeField


class OutboxQuerySet(models.QuerySet["OutboxMessage"]):
    def due(self, *, now: datetime) -> "OutboxQuerySet":
        return self.filter(due_at__lte=now)

    def waiting(self) -> "OutboxQuerySet":
        return self.filter(due_at__isnull=False)

    def given_up(self) -> "OutboxQuerySet":
        return self.filter(dead_at__isnull=False)

    def dead(self) -> "OutboxQuerySet":
        """Return what was given up and that nobody has dealt with yet."""
        return self.given_up().filter(set_aside_at__isnull=True)


class OutboxMessage(models.Model):
    """One event for one subscriber. `due_at` is empty once it is delivered or dead, so the index holds what waits."""

    topic = CodeField("主题", max_length=64)
    event_key = CodeField("事件键", max_length=64)
    subscriber = CodeField("订阅者", max_length=64)
    payload = models.JSONField("内容", db_comment="由事件类的字段校验")
    due_at = models.DateTimeField("下次投递", null=True)
    attempts = models.PositiveIntegerField("领取次数", default=0, db_comment="也是本次投递的凭证")
    failures = models.PositiveSmallIntegerField("失败次数", default=0)
    last_error = models.CharField("最近错误", max_length=500, default="")
    delivered_at = models.DateTimeField("投递时间", null=True)
    dead_at = models.DateTimeField("放弃时间", null=True, db_index=True)
    set_aside_at = models.DateTimeField("人工处理时间", null=True, db_comment="放弃之后由人核对并处理完毕，不再投递")
    created_at = models.DateTimeField("产生时间", default=timezone.now)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        db_table = "outbox_messages"
        verbose_name = verbose_name_plural = "事件投递"
        constraints = [
            models.UniqueConstraint(
                fields=["topic", "event_key", "subscriber"], name="outbox_event_once_per_subscriber"
            )
        ]
        indexes = [models.Index(fields=["due_at"], name="outbox_due_idx")]

    def __str__(self) -> str:
        return f"{events.label_of(self.topic)} {self.occurrence} → {events.doing_of(self.topic, self.subscriber)}"

    @property
    def occurrence(self) -> str:
        return events.occurrence_of(self.topic, self.event_key)
