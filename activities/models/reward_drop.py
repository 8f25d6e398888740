from django.db import models
from django.db.models import Q

from activities.enums import DropStatus
from activities.models.issue import Issue
from activities.models.reward import Reward
from activities.models.session import SessionScope
from blindbox.common.business_day import SHANGHAI


class RewardDrop(models.Model):
    """Units of a prize that come into a session at a moment (定时投放). A prize without any is there from the start."""

    issue = models.ForeignKey(
        Issue, on_delete=models.CASCADE, related_name="drops", db_index=False, verbose_name="期次"
    )
    reward = models.ForeignKey(Reward, on_delete=models.CASCADE, related_name="drops", verbose_name="奖品")
    release_at = models.DateTimeField("投放时间")
    quantity = models.PositiveIntegerField("数量")
    status = models.CharField("状态", max_length=16, choices=DropStatus.choices, default=DropStatus.WAIT)
    scope = models.ForeignKey(
        SessionScope, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, verbose_name="场次"
    )
    version = models.PositiveIntegerField("版本", null=True, db_comment="投放时的场次版本")
    released_at = models.DateTimeField("实际投放时间", null=True)

    class Meta:
        db_table = "reward_drops"
        verbose_name = verbose_name_plural = "投放计划"
        constraints = [
            models.UniqueConstraint(
                fields=["reward", "release_at"],
                name="drop_once_per_moment",
                violation_error_message="这种奖品在该时间已有投放",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=1), name="drop_is_something", violation_error_message="每次至少投放 1 件"
            ),
            models.CheckConstraint(
                condition=Q(status=DropStatus.DONE, version__isnull=False, released_at__isnull=False)
                | (~Q(status=DropStatus.DONE) & Q(version__isnull=True, released_at__isnull=True)),
                name="drop_release_matches_status",
                violation_error_message="投放时间与状态不符",
            ),
        ]
        indexes = [
            models.Index(fields=["issue", "status", "release_at"], name="drop_issue_due_idx"),
            models.Index(fields=["status", "release_at"], name="drop_due_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.reward} {self.release_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M} × {self.quantity}"
