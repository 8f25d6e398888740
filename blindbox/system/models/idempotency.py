from django.db import models
from django.utils import timezone

from blindbox.common.fields import CodeField


class IdempotencyKey(models.Model):
    """A client's key and what its first use led to; it commits with that effect."""

    realm = CodeField("领域", max_length=16, db_comment="member 或 operator")
    actor_id = models.BigIntegerField("使用者")
    key = CodeField("幂等键", max_length=64)
    fingerprint = CodeField("请求指纹", max_length=64, db_comment="SHA-256(method, path, body)")
    status = models.PositiveSmallIntegerField("应答状态", default=0)
    ref = models.CharField("资源", max_length=200, default="")
    created_at = models.DateTimeField("时间", default=timezone.now)

    class Meta:
        db_table = "idempotency_keys"
        verbose_name = verbose_name_plural = "幂等键"
        constraints = [
            models.UniqueConstraint(fields=["realm", "actor_id", "key"], name="idempotency_key_once_per_actor")
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotency_age_idx")]

    def __str__(self) -> str:
        return f"{self.realm}:{self.actor_id}:{self.key}"
