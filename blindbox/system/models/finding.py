from django.db import models

from blindbox.common.fields import CodeField


class FindingQuerySet(models.QuerySet["Finding"]):
    def unsolved(self) -> "FindingQuerySet":
        return self.filter(solved_at__isnull=True)


class Finding(models.Model):
    """A violation of an invariant, as scheduled checks saw it; it stays when it is solved."""

    invariant = CodeField("编号", max_length=16, db_comment="docs/guarantees.md 的编号")
    title = models.CharField("应当成立", max_length=100)
    what = models.CharField("实际情况", max_length=500)
    digest = CodeField("摘要", max_length=64, db_comment="what 的 SHA-256，供唯一键使用")
    first_seen_at = models.DateTimeField("首次发现")
    last_seen_at = models.DateTimeField("最近发现")
    solved_at = models.DateTimeField("消失时间", null=True, db_index=True)

    objects = FindingQuerySet.as_manager()

    class Meta:
        db_table = "system_findings"
        verbose_name = verbose_name_plural = "核对问题"
        constraints = [models.UniqueConstraint(fields=["invariant", "digest"], name="finding_once_per_violation")]

    def __str__(self) -> str:
        return f"{self.invariant} {self.what}"
