from django.db import models

from blindbox.common.fields import CodeField


class LedgerDigest(models.Model):
    """
    What an append-only table held of a closed business day: whoever changes or deletes an entry later is found.

    Each digest covers the one before it, so none can be left out or written anew alone. Append-only.
    """

    ledger = CodeField("账簿", max_length=32)
    day = models.DateField("业务日")
    entries = models.PositiveIntegerField("条数")
    digest = CodeField("摘要", max_length=64, db_comment="SHA-256(前一条摘要, 日期, 当日全部内容)")
    created_at = models.DateTimeField("生成时间")

    class Meta:
        db_table = "ledger_digests"
        verbose_name = verbose_name_plural = "账簿摘要"
        constraints = [models.UniqueConstraint(fields=["ledger", "day"], name="ledger_digest_once_per_day")]

    def __str__(self) -> str:
        return f"{self.ledger} {self.day}"
