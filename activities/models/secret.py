from django.db import models
from django.utils import timezone

from blindbox.common.fields import CodeField


class DrawSecret(models.Model):
    """A committed secret of an issue (`issue:21`) or a business day (`day:2026-03-05`), sealed until it is revealed."""

    subject = CodeField("对象", max_length=32, unique=True)
    sealed = models.TextField("密文", db_comment="AES-256-GCM，密钥只在环境变量")
    revealed = CodeField("已公开的密钥", max_length=64, null=True, db_comment="十六进制，公开前为空")
    created_at = models.DateTimeField("生成时间", default=timezone.now)
    revealed_at = models.DateTimeField("公开时间", null=True)

    class Meta:
        db_table = "draw_secrets"
        verbose_name = verbose_name_plural = "抽奖密钥"

    def __str__(self) -> str:
        return self.subject


class DrawCommitment(models.Model):
    """A line of the public, append-only, hash-chained log of commitments (docs/fairness.md)."""

    seq = models.PositiveBigIntegerField("序号", unique=True)
    subject = CodeField("对象", max_length=32, unique=True)
    commitment = CodeField("承诺", max_length=64)
    published_at = models.DateTimeField("公布时间")
    prev_hash = CodeField("前一条散列", max_length=64)
    entry_hash = CodeField("本条散列", max_length=64, unique=True)

    class Meta:
        db_table = "draw_commitments"
        verbose_name = verbose_name_plural = "承诺日志"

    def __str__(self) -> str:
        return f"第 {self.seq} 条承诺"

    @property
    def issue_id(self) -> int | None:
        """The issue that the line commits to; None of a business day."""
        kind, _, of = self.subject.partition(":")
        return int(of) if kind == "issue" else None
