from django.db import models
from django.db.models import Q

from accounts.models.member import Member
from blindbox.common.models import TimestampedModel


class MemberProtection(TimestampedModel):
    """
    What protects a member from buying too much: their own limits (0 or more, empty for none), a pause, an exclusion.

    A limit that is lowered holds at once; one that is raised or lifted waits in the `next_*` columns until `next_from`.
    """

    member = models.OneToOneField(
        Member, on_delete=models.CASCADE, primary_key=True, related_name="protection", verbose_name="用户"
    )
    day_fen = models.BigIntegerField("每日金额上限（分）", null=True, blank=True)
    month_fen = models.BigIntegerField("每月金额上限（分）", null=True, blank=True)
    day_draws = models.PositiveIntegerField("每日抽数上限", null=True, blank=True)
    month_draws = models.PositiveIntegerField("每月抽数上限", null=True, blank=True)
    next_day_fen = models.BigIntegerField(null=True, blank=True)
    next_month_fen = models.BigIntegerField(null=True, blank=True)
    next_day_draws = models.PositiveIntegerField(null=True, blank=True)
    next_month_draws = models.PositiveIntegerField(null=True, blank=True)
    next_from = models.DateTimeField("放宽生效时间", null=True, blank=True)
    rests_until = models.DateTimeField("冷静期至", null=True, blank=True)
    excluded_until = models.DateTimeField("自我限制至", null=True, blank=True)
    consented_at = models.DateTimeField("监护人同意时间", null=True, blank=True)
    consent_note = models.CharField("同意凭据", max_length=200, default="", blank=True)

    class Meta:
        db_table = "member_protections"
        verbose_name = verbose_name_plural = "购买保护"
        constraints = [
            models.CheckConstraint(
                condition=Q(day_fen__isnull=True) | Q(day_fen__gte=0), name="protection_day_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(month_fen__isnull=True) | Q(month_fen__gte=0), name="protection_month_not_negative"
            ),
            models.CheckConstraint(
                condition=(Q(next_day_fen__isnull=True) | Q(next_day_fen__gte=0))
                & (Q(next_month_fen__isnull=True) | Q(next_month_fen__gte=0)),
                name="protection_next_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id}"
