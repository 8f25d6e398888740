from datetime import datetime

from django.db import models
from django.db.models import F, Q

from activities.enums import IssueStatus
from activities.models.activity import Activity
from blindbox.common.fields import CodeField
from blindbox.common.models import TimestampedModel

NOT_BEGUN = "未开始"


class Issue(TimestampedModel):
    """One period (期) of an activity. `terms` is the exact text that was hashed when it opened (docs/fairness.md)."""

    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="issues", verbose_name="活动")
    number = models.PositiveIntegerField("期号")
    starts_at = models.DateTimeField("开始时间", null=True, blank=True)
    ends_at = models.DateTimeField("结束时间", null=True, blank=True)
    config = models.JSONField("期次配置", default=dict, blank=True, db_comment="由玩法校验")
    terms = models.TextField("条款原文", default="", blank=True)
    terms_hash = CodeField("条款散列", max_length=64, default="", blank=True)
    root = CodeField("默克尔根", max_length=64, default="", blank=True)
    commitment = CodeField("承诺", max_length=64, default="", blank=True)
    opened_at = models.DateTimeField("开放时间", null=True, blank=True)
    closed_at = models.DateTimeField("结束销售时间", null=True, blank=True)

    class Meta:
        db_table = "activity_issues"
        verbose_name = verbose_name_plural = "期次"
        permissions = [("approve_loss", "可以批准期次的亏损预算")]
        constraints = [
            models.UniqueConstraint(
                fields=["activity", "number"],
                name="issue_number_once",
                violation_error_message="这个活动已经有这一期号",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(starts_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="issue_window_not_empty",
                violation_error_message="结束时间必须晚于开始时间",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.activity} 第 {self.number} 期"

    def waits(self, *, now: datetime) -> bool:
        """Tell whether it is open and its sale has yet to begin."""
        return self.counter.status == IssueStatus.OPEN and self.starts_at is not None and now < self.starts_at

    def status_label(self, *, now: datetime) -> str:
        """Return in Chinese how it stands; before its start an open one is not under way."""
        return NOT_BEGUN if self.waits(now=now) else str(IssueStatus(self.counter.status).label)


class IssueCounter(models.Model):
    """
    The hot row of an issue: its status and how much is sold and held. Narrow and apart from the issue, so that
    inserting a draw (which share-locks the issue) never meets the update of the counter.
    """

    issue = models.OneToOneField(
        Issue, on_delete=models.CASCADE, primary_key=True, related_name="counter", verbose_name="期次"
    )
    status = models.CharField("状态", max_length=16, choices=IssueStatus.choices, default=IssueStatus.DRAFT)
    total = models.PositiveIntegerField("总抽数", null=True, db_comment="空为不限（加权玩法）")
    sold = models.PositiveIntegerField("已售", default=0)
    reserved = models.PositiveIntegerField("锁定中", default=0)
    cap_left = models.PositiveIntegerField("限量余量", null=True, db_comment="加权玩法：限量奖中最少的余量，空为不限")
    locked_by = models.BigIntegerField("锁箱用户", null=True, db_comment="锁箱或排在最前的用户，空为无人锁箱")
    locked_until = models.DateTimeField("锁箱到期", null=True, db_comment="空为还在等待占用释放")
    endgame = models.PositiveIntegerField("尾盘保护", default=0, db_comment="条款中冻结的 E")

    class Meta:
        db_table = "activity_issue_counters"
        verbose_name = verbose_name_plural = "期次计数"
        constraints = [
            models.CheckConstraint(
                condition=Q(total__isnull=True) | Q(total__gte=F("sold") + F("reserved")), name="issue_not_oversold"
            ),
            models.CheckConstraint(condition=Q(status__in=IssueStatus.values), name="issue_status_known"),
        ]
        indexes = [models.Index(fields=["status"], name="issue_status_idx")]

    def __str__(self) -> str:
        return f"{self.issue_id} {self.status}"

    @property
    def remaining(self) -> int | None:
        """How many tickets are neither sold nor held; None where there is no limit."""
        return None if self.total is None else self.total - self.sold - self.reserved
