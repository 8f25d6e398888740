from django.db import models

from activities.models.batch import DrawBatch
from activities.models.issue import Issue
from activities.models.reward import Reward


class DrawLog(models.Model):
    """One result. Never changed but for `refunded`."""

    batch = models.ForeignKey(
        DrawBatch, on_delete=models.PROTECT, related_name="draws", db_index=False, verbose_name="批次"
    )
    idx = models.PositiveSmallIntegerField("批内序号")
    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name="期次")
    member = models.ForeignKey(
        "accounts.Member", on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name="用户"
    )
    # an opened issue's rewards are never deleted; another key to maintain would cost each draw
    reward = models.ForeignKey(
        Reward, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False, verbose_name="奖品"
    )
    sale_no = models.PositiveIntegerField("售出序号", null=True, db_comment="抽盒玩法；附加奖为空")
    ticket_no = models.PositiveIntegerField("票号", null=True)
    is_bonus = models.BooleanField("附加奖", default=False)
    bonus_of = models.PositiveSmallIntegerField("所附序号", null=True, db_comment="同批次中带来它的 idx")
    roll = models.PositiveIntegerField("随机数", null=True, db_comment="加权玩法：0 到 999999")
    detail = models.JSONField("玩法记录", null=True, db_comment="由玩法写入：保底计数、替换、牌局等")
    refunded = models.BooleanField("已退款", default=False)
    drawn_at = models.DateTimeField("抽奖时间")

    class Meta:
        db_table = "draw_logs"
        verbose_name = verbose_name_plural = "抽奖记录"
        constraints = [
            models.UniqueConstraint(fields=["batch", "idx"], name="draw_once_per_batch_index"),
            models.UniqueConstraint(fields=["issue", "sale_no"], name="draw_sale_number_once"),
        ]
        indexes = [
            models.Index(fields=["member", "id"], name="draw_member_idx"),
            models.Index(fields=["issue", "id"], name="draw_issue_idx"),
            models.Index(fields=["issue", "reward", "id"], name="draw_reward_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.issue} {f'{self.ticket_no} 号' if self.ticket_no else f'抽奖 {self.pk}'}"
