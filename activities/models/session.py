from django.db import models
from django.db.models import Q

from activities.enums import Outcome, ScopeStatus
from activities.models.activity import Activity
from activities.models.batch import DrawBatch
from activities.models.issue import Issue
from blindbox.common.fields import CodeField


class SessionScope(models.Model):
    """
    The hot row of one occurrence of a session. Each draw and each release takes the next version before it looks at
    anything, so that what was left and how likely it was can be replayed (docs/fairness.md).
    """

    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name="期次")
    occurrence = models.DateField("场次日期", db_comment="场次开始当日（北京时间）")
    status = models.CharField("状态", max_length=8, choices=ScopeStatus.choices, default=ScopeStatus.LIVE)
    version = models.PositiveIntegerField("版本", default=0)

    class Meta:
        db_table = "session_scopes"
        verbose_name = verbose_name_plural = "场次版本"
        constraints = [models.UniqueConstraint(fields=["issue", "occurrence"], name="scope_once_per_occurrence")]

    def __str__(self) -> str:
        return f"{self.issue_id} {self.occurrence} v{self.version}"


class SessionTally(models.Model):
    """How often a member drew in an activity (`activity:7`) or an occurrence (`session:21:2026-03-05`)."""

    subject = CodeField("对象", max_length=40)
    member = models.ForeignKey("accounts.Member", on_delete=models.PROTECT, related_name="+", verbose_name="用户")
    used = models.PositiveIntegerField("已抽次数", default=0)

    class Meta:
        db_table = "session_tallies"
        verbose_name = verbose_name_plural = "抽奖次数"
        constraints = [models.UniqueConstraint(fields=["subject", "member"], name="tally_once_per_member")]

    def __str__(self) -> str:
        return f"{self.subject} {self.member_id}"


class SessionDraw(models.Model):
    """
    What the generic tool keeps of a draw beside its log: its version, which draw of the member it was, what it was
    drawn for, and whether the prize was delivered.
    """

    batch = models.ForeignKey(
        DrawBatch, on_delete=models.PROTECT, related_name="session_draws", db_index=False, verbose_name="批次"
    )
    idx = models.PositiveSmallIntegerField("批内序号")
    scope = models.ForeignKey(
        SessionScope, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name="场次"
    )
    version = models.PositiveIntegerField("版本")
    activity = models.ForeignKey(
        Activity, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name="活动"
    )
    member = models.ForeignKey(
        "accounts.Member", on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name="用户"
    )
    activity_no = models.PositiveIntegerField("本活动第几次")
    session_no = models.PositiveIntegerField("本场次第几次")
    amount_ref = CodeField("数额来源", max_length=48, null=True, db_comment="order:订单号 或 points:流水编号")
    amount = models.BigIntegerField("数额", null=True, db_comment="订单为分，积分为点数")
    outcome = models.SmallIntegerField("状态", choices=Outcome.choices)
    failures = models.PositiveSmallIntegerField("失败次数", default=0)
    last_error = models.CharField("最近错误", max_length=200, default="", blank=True)
    delivered_at = models.DateTimeField("发奖时间", null=True)
    voided_at = models.DateTimeField("作废时间", null=True)
    created_at = models.DateTimeField("抽奖时间")

    class Meta:
        db_table = "session_draws"
        verbose_name = verbose_name_plural = "通用抽奖记录"
        constraints = [
            models.UniqueConstraint(fields=["batch", "idx"], name="session_draw_once_per_index"),
            models.UniqueConstraint(fields=["scope", "version"], name="session_draw_version_once"),
            models.UniqueConstraint(fields=["activity", "amount_ref"], name="session_draw_amount_once"),
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="session_draw_outcome_known"),
            models.CheckConstraint(
                condition=Q(outcome=Outcome.DELIVERED, delivered_at__isnull=False, voided_at__isnull=True)
                | (~Q(outcome=Outcome.DELIVERED) & Q(delivered_at__isnull=True)),
                name="session_draw_delivery_matches_outcome",
            ),
        ]
        indexes = [models.Index(fields=["outcome", "id"], name="session_draw_outcome_idx")]
        permissions = [
            ("draw_for_members", "可以代用户抽奖"),
            ("deliver_prizes", "可以重新发奖"),
        ]

    def __str__(self) -> str:
        return f"通用抽奖记录 {self.pk}"


class LevelPass(models.Model):
    """A one-time proof that a member passed a level; the batch that it was used for keeps it from being used again."""

    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="+", verbose_name="活动")
    member = models.ForeignKey("accounts.Member", on_delete=models.PROTECT, related_name="+", verbose_name="用户")
    node = models.PositiveIntegerField("关卡")
    batch_id = models.BigIntegerField("使用的批次", null=True, db_comment="draw_batches.id")
    created_at = models.DateTimeField("发放时间")

    class Meta:
        db_table = "level_passes"
        verbose_name = verbose_name_plural = "通关凭证"

    def __str__(self) -> str:
        return f"{self.activity_id} {self.member_id} 第 {self.node} 关"
