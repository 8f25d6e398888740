from django.contrib.auth.models import AbstractUser
from django.db import models

EPOCH_LENGTH = 16


class Operator(AbstractUser):
    """
    Somebody of the shop who works in the back office; never a member. `linked_members` are the WeChat users that they
    or their family are: whoever might know a secret does not draw (docs/fairness.md).
    """

    linked_members = models.ManyToManyField(
        "accounts.Member",
        blank=True,
        related_name="+",
        db_table="operator_member_links",
        verbose_name="关联用户",
        help_text="本人和家属的小程序账号。关联的用户不能抽奖",
    )

    class Meta(AbstractUser.Meta):
        db_table = "operators"
        verbose_name = verbose_name_plural = "操作员"

    def token_epoch(self) -> str:
        """Return what a token must name to count: it changes with the password."""
        return self.get_session_auth_hash()[:EPOCH_LENGTH]
