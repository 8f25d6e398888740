from django.db import models

from blindbox.common.fields import CodeField


class DrawAllowance(models.Model):
    """What a member bought in a business day (`D2026-11-22`) or a month (`M2026-11`): draws and cash."""

    member = models.ForeignKey(
        "accounts.Member", on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name="用户"
    )
    period = CodeField("时段", max_length=12)
    draws = models.PositiveIntegerField("抽数", default=0)
    spent_fen = models.BigIntegerField("金额（分）", default=0)

    class Meta:
        db_table = "draw_allowances"
        verbose_name = verbose_name_plural = "购买限额用量"
        constraints = [
            models.UniqueConstraint(fields=["member", "period"], name="allowance_once_per_period"),
            models.CheckConstraint(condition=models.Q(spent_fen__gte=0), name="allowance_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.period}"
