from django.db import models

from accounts.enums import MemberStatus
from blindbox.common.fields import CodeField
from blindbox.common.models import TimestampedModel
from blindbox.common.text import masked

SEES_ALL = "accounts.view_phone"  # whoever lacks it sees phone numbers and WeChat's names of people masked


class Member(TimestampedModel):
    """A WeChat user of the mini-program."""

    openid = CodeField("微信 openid", max_length=64, unique=True)
    unionid = CodeField("unionid", max_length=64, unique=True, null=True, blank=True)
    nickname = models.CharField("昵称", max_length=40)
    avatar_url = models.CharField("头像", max_length=500, default="", blank=True)
    phone = CodeField("手机号", max_length=20, null=True, blank=True, db_index=True)
    invite_code = CodeField("邀请码", max_length=16, unique=True)
    level = models.PositiveSmallIntegerField("等级", default=1)
    birth_date = models.DateField("出生日期", null=True, blank=True)
    birth_date_at = models.DateTimeField("填写出生日期的时间", null=True, blank=True)
    guardian_consent = models.BooleanField("监护人同意", default=False)
    status = models.CharField("状态", max_length=16, choices=MemberStatus.choices, default=MemberStatus.ACTIVE)
    epoch = models.PositiveIntegerField("凭证代次", default=0, db_comment="加一使已签发的访问凭证全部失效")
    fair_ref = CodeField("公平抽奖标识", max_length=32, unique=True, db_comment="32 位随机十六进制，注册时生成，不变")

    class Meta:
        db_table = "user_members"
        verbose_name = verbose_name_plural = "用户"
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=MemberStatus.values), name="member_status_known")
        ]
        indexes = [models.Index(fields=["created_at"], name="member_created_idx")]
        permissions = [
            ("disable_member", "可以禁用和启用用户"),
            ("record_consent", "可以记录监护人同意"),
            ("view_phone", "可以看到完整的手机号和 openid"),
        ]

    @property
    def masked_phone(self) -> str:
        """The number with its middle hidden; nothing where there is none."""
        return masked(self.phone or "")

    def __str__(self) -> str:
        return f"{self.nickname}（{self.pk}）"


class MemberSession(models.Model):
    """
    A login. Its refresh token is `family.secret`; only hashes are kept, so that a leaked table opens nothing.

    The family stays, the secret is replaced at each use: a known family with another secret is a used token.
    """

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="sessions", verbose_name="用户")
    family_hash = CodeField("会话散列", max_length=64, unique=True)
    token_hash = CodeField("当前刷新凭证散列", max_length=64)
    expires_at = models.DateTimeField("过期时间")
    revoked_at = models.DateTimeField("注销时间", null=True)
    created_at = models.DateTimeField("登录时间")

    class Meta:
        db_table = "member_sessions"
        verbose_name = verbose_name_plural = "登录会话"
        indexes = [models.Index(fields=["expires_at"], name="session_expiry_idx")]

    def __str__(self) -> str:
        return f"{self.member_id} {self.created_at:%Y-%m-%d %H:%M}"
