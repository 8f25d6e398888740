from django.db import models
from django.db.models import F, Q

from accounts.models.member import Member


class Invite(models.Model):
    """Who brought whom: at most one inviter for a member, bound at login, rewarded once."""

    inviter = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="invites", verbose_name="邀请人")
    invitee = models.OneToOneField(Member, on_delete=models.PROTECT, related_name="invite", verbose_name="被邀请人")
    promised_points = models.PositiveIntegerField("承诺积分", default=0, db_comment="绑定时的奖励，发奖前为待到账")
    rewarded_points = models.PositiveIntegerField("奖励积分", default=0)
    rewarded_at = models.DateTimeField("发奖时间", null=True)
    created_at = models.DateTimeField("邀请时间")

    class Meta:
        db_table = "user_invites"
        verbose_name = verbose_name_plural = "邀请记录"
        constraints = [models.CheckConstraint(condition=~Q(inviter=F("invitee")), name="invite_not_self")]

    def __str__(self) -> str:
        return f"{self.inviter} → {self.invitee}"
