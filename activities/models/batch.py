from django.db import models
from django.db.models import Q

from activities.enums import BatchStatus
from activities.models.issue import Issue
from blindbox.common.fields import CodeField


class DrawBatch(models.Model):
    """What one order bought of an issue. `hold_slot` is set while it waits for WeChat: one a member and issue."""

    order_id = models.BigIntegerField("订单编号", unique=True, db_comment="order_headers.id")
    member = models.ForeignKey(
        "accounts.Member", on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name="用户"
    )
    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="batches", verbose_name="期次")
    count = models.PositiveSmallIntegerField("抽数")
    status = models.CharField("状态", max_length=16, choices=BatchStatus.choices)
    hold_slot = models.PositiveSmallIntegerField("占位", null=True)
    hold_expires_at = models.DateTimeField("占用到期", null=True)
    client_nonce = CodeField("用户随机数", max_length=64)
    ticket_nos = models.JSONField("所选票号", null=True, db_comment="选号玩法：按所选顺序的整数列表；包箱为空")
    choice = CodeField("预选", max_length=64, default="", blank=True, db_comment="开奖前存下的选择，如幸运类型")
    day = models.DateField("业务日", null=True, db_comment="加权玩法：支付当日")
    first_seq = models.PositiveIntegerField("首个序号", null=True, db_comment="加权玩法：从 0 连续")
    player = CodeField("玩家标识", max_length=32, default="", blank=True)
    refund_seq = models.PositiveIntegerField(
        "退款时的下一序号", null=True, db_comment="有保底的玩法：退款发生在此序号之前"
    )
    log_head = CodeField(
        "下单时的日志头", max_length=64, default="", blank=True, db_comment="draw_commitments.entry_hash，至多十秒前"
    )
    settled_at = models.DateTimeField("开奖时间", null=True)
    lapsed_at = models.DateTimeField("释放时间", null=True)
    created_at = models.DateTimeField("创建时间")

    class Meta:
        db_table = "draw_batches"
        verbose_name = verbose_name_plural = "抽奖批次"
        constraints = [
            models.UniqueConstraint(fields=["member", "issue", "hold_slot"], name="batch_one_hold_per_member"),
            models.CheckConstraint(condition=Q(count__gte=1), name="batch_draws_something"),
            models.CheckConstraint(
                condition=Q(status=BatchStatus.HELD, hold_slot=1, hold_expires_at__isnull=False)
                | (~Q(status=BatchStatus.HELD) & Q(hold_slot__isnull=True)),
                name="batch_hold_matches_status",
            ),
            models.CheckConstraint(
                condition=Q(status__in=BatchStatus.drawn(), settled_at__isnull=False, lapsed_at__isnull=True)
                | Q(status=BatchStatus.HELD, settled_at__isnull=True, lapsed_at__isnull=True)
                | Q(status=BatchStatus.RELEASED, settled_at__isnull=True),
                name="batch_times_match_status",
            ),
        ]
        indexes = [
            models.Index(fields=["issue", "hold_slot", "hold_expires_at"], name="batch_hold_idx"),
            models.Index(fields=["member", "lapsed_at"], name="batch_lapse_idx"),
            models.Index(fields=["settled_at"], name="batch_settled_idx"),  # the home page's figures
        ]

    def __str__(self) -> str:
        return f"{self.issue} {self.count} 抽"


class DrawPlayer(models.Model):
    """A member in a weighted issue: the next contiguous number of their draws; a refund never frees one."""

    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="+", verbose_name="期次")
    member = models.ForeignKey("accounts.Member", on_delete=models.PROTECT, related_name="+", verbose_name="用户")
    next_seq = models.PositiveIntegerField("下一序号", default=0)
    misses = models.PositiveIntegerField("未中保底赏的连续抽数", default=0)

    class Meta:
        db_table = "draw_players"
        verbose_name = verbose_name_plural = "抽奖玩家"
        constraints = [models.UniqueConstraint(fields=["issue", "member"], name="player_once_per_issue")]

    def __str__(self) -> str:
        return f"{self.issue_id} {self.member_id}"
