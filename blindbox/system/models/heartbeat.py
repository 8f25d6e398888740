from django.db import models

from blindbox.common.fields import CodeField


class Heartbeat(models.Model):
    """When a scheduled job last ran; readiness and the home page read it."""

    name = CodeField("任务", max_length=64, unique=True)
    beaten_at = models.DateTimeField("最近运行")

    class Meta:
        db_table = "system_heartbeats"
        verbose_name = verbose_name_plural = "定时任务"

    def __str__(self) -> str:
        return self.name
