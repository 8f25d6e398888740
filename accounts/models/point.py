from django.db import models

from accounts.enums import PointKind, PointReason
from accounts.models.member import Member
from blindbox.common.fields import CodeField
from blindbox.common.ledger import LedgerAccount, LedgerEntry


class PointAccount(LedgerAccount):
    """A member's points of one kind; draws use general points only. `debt` is what a claw-back could not take."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="point_accounts", verbose_name="用户")
    kind = models.CharField("种类", max_length=16, choices=PointKind.choices)
    debt = models.BigIntegerField("欠积分", default=0)

    class Meta(LedgerAccount.Meta):
        abstract = False
        db_table = "user_point_accounts"
        verbose_name = verbose_name_plural = "积分账户"
        constraints = [
            *LedgerAccount.Meta.constraints,
            models.UniqueConstraint(fields=["member", "kind"], name="point_account_once_per_kind"),
            models.CheckConstraint(condition=models.Q(debt__gte=0), name="point_account_debt_not_negative"),
            models.CheckConstraint(condition=models.Q(kind__in=PointKind.values), name="point_account_kind_known"),
        ]

    def __str__(self) -> str:
        return f"用户 {self.member_id} 的{self.get_kind_display()}"


class PointEntry(LedgerEntry):
    """One movement of points."""

    account = models.ForeignKey(PointAccount, on_delete=models.PROTECT, related_name="entries", verbose_name="账户")

    class Meta(LedgerEntry.Meta):
        abstract = False
        db_table = "user_points"
        verbose_name = verbose_name_plural = "积分流水"
        constraints = [
            models.UniqueConstraint(fields=["account", "seq"], name="point_entry_seq_once"),
            models.UniqueConstraint(fields=["account", "reason", "ref"], name="point_entry_event_once"),
        ]
        permissions = [("grant_points", "可以增减用户积分")]

    def __str__(self) -> str:
        return f"{dict(PointReason.choices).get(self.reason, self.reason)} {self.delta:+d}"


class PointDebt(models.Model):
    """
    One movement of an account's debt, never changed afterwards: what a claw-back could not take, and what a later
    earning paid off, which also stands in the ledger under the same reference.
    """

    account = models.ForeignKey(PointAccount, on_delete=models.PROTECT, related_name="debts", verbose_name="账户")
    delta = models.BigIntegerField("变动")
    reason = models.CharField("原因", max_length=32)
    ref = CodeField("业务编号", max_length=64)
    occurred_at = models.DateTimeField("时间")

    class Meta:
        db_table = "user_point_debts"
        verbose_name = verbose_name_plural = "欠积分变动"
        constraints = [
            models.UniqueConstraint(fields=["account", "reason", "ref"], name="point_debt_event_once"),
            models.CheckConstraint(condition=~models.Q(delta=0), name="point_debt_moves"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.delta:+d}"
