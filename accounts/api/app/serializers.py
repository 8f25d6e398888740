"""What members send and get."""

from typing import Any

from rest_framework import serializers

from accounts.api.fields import InviteCode, MaskedPhone
from accounts.enums import InviteReason, PointKind, PointReason
from blindbox.common.serializers import Choice, Code, ImageUrl, Line


class UserResponse(serializers.Serializer[Any]):
    """A member, as they see themselves."""

    id = serializers.IntegerField()
    nickname = serializers.CharField()
    avatar_url = serializers.CharField()
    phone_masked = MaskedPhone()
    invite_code = serializers.CharField()
    level = serializers.IntegerField()
    birth_date = serializers.DateField(allow_null=True)
    guardian_consent = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class MemberCardResponse(serializers.Serializer[Any]):
    """A member, as others see them."""

    id = serializers.IntegerField()
    nickname = serializers.CharField()
    avatar_url = serializers.CharField()


class WechatLoginRequest(serializers.Serializer[Any]):
    js_code = Line(max_length=128)
    invite_code = InviteCode()


class TokenPairResponse(serializers.Serializer[Any]):
    access_token = serializers.CharField()
    refresh_token = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="access_token 的有效秒数")


class InviteOutcomeResponse(serializers.Serializer[Any]):
    """How the login's invite code ended."""

    bound = serializers.BooleanField()
    rewarded = serializers.BooleanField(help_text="奖励已排队，数秒内进入邀请人的积分")
    reason = serializers.ChoiceField(choices=InviteReason.choices)
    reason_label = serializers.CharField(source="reason.label")


class LoginResponse(TokenPairResponse):
    is_new = serializers.BooleanField()
    invite = InviteOutcomeResponse()
    user = UserResponse()


class RefreshTokenRequest(serializers.Serializer[Any]):
    # Room for an access token handed in by mistake (about 200 characters, more with a long member id): that is a 401.
    refresh_token = Code(max_length=512)


class ProfileRequest(serializers.Serializer[Any]):
    """What a member may change; what is left out stays."""

    nickname = Line(max_length=40, required=False)
    avatar_url = ImageUrl(allow_blank=True, required=False)
    birth_date = serializers.DateField(required=False, allow_null=True, help_text="只能填写一次")


class PhoneRequest(serializers.Serializer[Any]):
    phone_code = Line(max_length=128)


class PointLogQuery(serializers.Serializer[Any]):
    kind = Choice(choices=PointKind.choices, default=PointKind.GENERAL)


class PointEntryResponse(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    delta = serializers.IntegerField()
    balance_after = serializers.IntegerField()
    reason = serializers.CharField()
    reason_label = serializers.SerializerMethodField()
    ref = serializers.CharField()
    occurred_at = serializers.DateTimeField()

    def get_reason_label(self, entry: Any) -> str:
        return str(dict(PointReason.choices).get(entry.reason, entry.reason))


class PointBalanceResponse(serializers.Serializer[Any]):
    balance = serializers.IntegerField(help_text="通用积分，可用于抽奖")
    mall_balance = serializers.IntegerField(help_text="商城积分，仅可兑换")
    pending = serializers.IntegerField(help_text="待到账：已承诺、尚未入账的邀请奖励")
    expiring_soon = serializers.IntegerField(help_text="30 天内不用就会过期的通用积分")
    debt = serializers.IntegerField(help_text="欠积分，由之后的收入抵扣")


class InviteResponse(serializers.Serializer[Any]):
    """Whom a member brought."""

    invitee = MemberCardResponse()
    rewarded_points = serializers.IntegerField()
    reward_coupon = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    def get_reward_coupon(self, invite: Any) -> int | None:
        return None  # invites are rewarded by points
