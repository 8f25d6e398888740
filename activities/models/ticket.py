from django.db import models
from django.db.models import Q

from activities.models.batch import DrawBatch
from activities.models.issue import Issue
from activities.models.reward import Reward


class IssueTicket(models.Model):
    """
    A number of a pick-a-number box: free without a batch, held with one, sold once its reward is known.

    What it names is written under the counter's row and never joined while a draw runs, so it keeps no keys of its own.
    """

    issue = models.ForeignKey(
        Issue, on_delete=models.PROTECT, related_name="tickets", db_index=False, verbose_name="期次"
    )
    ticket_no = models.PositiveIntegerField("票号")
    batch = models.ForeignKey(
        DrawBatch,
        on_delete=models.PROTECT,
        null=True,
        related_name="tickets",
        db_index=False,
        db_constraint=False,
        verbose_name="批次",
    )
    reward = models.ForeignKey(
        Reward,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name="开出的奖品",
    )

    class Meta:
        db_table = "issue_tickets"
        verbose_name = verbose_name_plural = "选号"
        constraints = [
            models.UniqueConstraint(fields=["issue", "ticket_no"], name="ticket_once_per_issue"),
            models.CheckConstraint(
                condition=Q(reward__isnull=True) | Q(batch__isnull=False), name="ticket_sold_to_a_batch"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.issue_id} #{self.ticket_no}"


class BoxTurn(models.Model):
    """
    A member's turn at having a whole box to themselves: waiting, then holding from `starts_at` until `until`, then
    over. `slot` is set while it is live, so that a member stands in a queue once; `lapsed_at` when it passed unused.
    """

    issue = models.ForeignKey(
        Issue, on_delete=models.PROTECT, related_name="turns", db_index=False, verbose_name="期次"
    )
    member = models.ForeignKey(
        "accounts.Member", on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name="用户"
    )
    place = models.PositiveIntegerField("排队序号", db_comment="本期从 1 连续")
    slot = models.PositiveSmallIntegerField("占位", null=True, default=1)
    joined_at = models.DateTimeField("排队时间")
    starts_at = models.DateTimeField("锁箱开始", null=True)
    until = models.DateTimeField("锁箱到期", null=True)
    ended_at = models.DateTimeField("结束时间", null=True)
    lapsed_at = models.DateTimeField("未使用而过期", null=True, db_comment="计入冷却")

    class Meta:
        db_table = "issue_box_turns"
        verbose_name = verbose_name_plural = "锁箱排队"
        constraints = [
            models.UniqueConstraint(fields=["issue", "place"], name="turn_place_once"),
            models.UniqueConstraint(fields=["issue", "slot", "member"], name="turn_once_per_member"),
            models.CheckConstraint(
                condition=Q(slot__isnull=True, ended_at__isnull=False) | Q(slot=1, ended_at__isnull=True),
                name="turn_is_live_or_over",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True, until__isnull=True)
                | Q(starts_at__isnull=False, until__isnull=False),
                name="turn_has_both_ends",
            ),
        ]
        indexes = [models.Index(fields=["member", "lapsed_at"], name="turn_lapse_idx")]

    def __str__(self) -> str:
        return f"{self.issue_id} 第 {self.place} 位"
