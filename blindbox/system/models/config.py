from django.db import models

from blindbox.common.fields import CodeField
from blindbox.common.models import TimestampedModel


class Config(TimestampedModel):
    """A typed setting's value where it differs from its default; which settings exist is code (system/configs.py)."""

    key = CodeField("配置项", max_length=64, unique=True)
    value = models.JSONField("值", db_comment="由配置项的类型校验")

    class Meta:
        db_table = "system_configs"
        verbose_name = verbose_name_plural = "系统配置"

    def __str__(self) -> str:
        return self.key
