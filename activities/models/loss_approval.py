from django.conf import settings
from django.db import models
from django.db.models import Q

from activities.models.issue import Issue


class LossApproval(models.Model):
    """Who allowed an issue to lose money on the mean, how much at most, and why. One an issue; the last word counts."""

    issue = models.OneToOneField(Issue, on_delete=models.CASCADE, related_name="loss_approval", verbose_name="期次")
    budget_fen = models.BigIntegerField("亏损预算（分）")
    reason = models.CharField("原因", max_length=200)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="批准人"
    )
    approved_at = models.DateTimeField("批准时间")

    class Meta:
        db_table = "issue_loss_approvals"
        verbose_name = verbose_name_plural = "亏损批准"
        constraints = [models.CheckConstraint(condition=Q(budget_fen__gte=1), name="loss_budget_positive")]

    def __str__(self) -> str:
        return f"{self.issue_id} {self.budget_fen}"
