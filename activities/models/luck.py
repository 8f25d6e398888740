from django.db import models

from activities.models.issue import Issue
from blindbox.common.business_day import business_day


class DrawLuck(models.Model):
    """What a member won in an issue above what was to be expected; counted anew each night while the issue lives."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="+", db_index=False, verbose_name="期次")
    member = models.ForeignKey("accounts.Member", on_delete=models.PROTECT, related_name="+", verbose_name="用户")
    draws = models.PositiveIntegerField("抽数")
    surprise_fen = models.BigIntegerField("高出期望（分）", db_comment="奖品价值减当时的期望，合计")
    variance = models.FloatField("方差", db_comment="各抽当时的方差之和，分的平方")
    reach = models.FloatField("单抽最多高出（分）")
    z_x1000 = models.IntegerField("偏离标准差（千分之）")

    class Meta:
        db_table = "draw_luck"
        verbose_name = verbose_name_plural = "手气统计"
        constraints = [models.UniqueConstraint(fields=["issue", "member"], name="luck_once_per_issue")]
        indexes = [models.Index(fields=["-z_x1000"], name="luck_z_idx")]

    def __str__(self) -> str:
        return f"{self.issue_id} {self.member_id}"


class RiskNote(models.Model):
    """A member who won more than chance explains, for a person to look into. `open_key` is empty once one has."""

    member = models.ForeignKey(
        "accounts.Member", on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name="用户"
    )
    open_key = models.BigIntegerField("待处理", null=True, unique=True, db_comment="待处理时为用户编号：一人一条")
    draws = models.PositiveIntegerField("抽数")
    surprise_fen = models.BigIntegerField("高出期望（分）")
    z_x1000 = models.IntegerField("偏离标准差（千分之）")
    chance = models.FloatField("诚实时的机会上限")
    found_at = models.DateTimeField("发现时间")
    seen_at = models.DateTimeField("最近统计")
    closed_at = models.DateTimeField("处理时间", null=True)
    conclusion = models.CharField("结论", max_length=200, default="", blank=True)

    class Meta:
        db_table = "draw_risk_notes"
        verbose_name = verbose_name_plural = "风险提示"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(open_key__isnull=True, closed_at__isnull=False)
                | models.Q(open_key__isnull=False, closed_at__isnull=True),
                name="risk_note_open_or_closed",
            )
        ]
        indexes = [models.Index(fields=["member", "id"], name="risk_note_member_idx")]

    def __str__(self) -> str:
        return f"{self.member} {business_day(self.found_at)}"
