"""What operators send and get."""

from typing import Any

from rest_framework import serializers

from accounts.api.app.serializers import (
    InviteResponse,
    MemberCardResponse,
    PointBalanceResponse,
    PointEntryResponse,
    UserResponse,
)
from accounts.api.fields import Personal
from accounts.enums import MemberStatus
from accounts.services.grants import MOST_POINTS
from blindbox.common.serializers import Choice, Exact, Line, StrictInteger, Text


class OperatorTokenRequest(serializers.Serializer[Any]):
    username = Line(max_length=150)
    password = Text(max_length=128, trim_whitespace=False)


class OperatorTokenResponse(serializers.Serializer[Any]):
    access_token = serializers.CharField()


class MemberResponse(UserResponse):
    """A member, as operators see them in a list."""

    openid = Personal()
    status = serializers.ChoiceField(choices=MemberStatus.choices)
    status_label = serializers.CharField(source="get_status_display")


class DossierResponse(serializers.Serializer[Any]):
    """A member with what belongs to them."""

    user = MemberResponse(source="member")
    phone = Personal(source="member.phone", allow_null=True)
    unionid = Personal(source="member.unionid", allow_null=True)
    points = PointBalanceResponse()
    inviter = MemberCardResponse(allow_null=True)
    invite_count = serializers.IntegerField()
    session_count = serializers.IntegerField(help_text="未注销的登录")


class MemberStatusRequest(serializers.Serializer[Any]):
    status = Choice(choices=MemberStatus.choices)
    reason = Line(max_length=200, required=False, allow_blank=True, default="", help_text="原因，记入操作日志")


class AdminInviteResponse(InviteResponse):
    id = serializers.IntegerField()
    rewarded_at = serializers.DateTimeField(allow_null=True)


class AdminPointEntryResponse(PointEntryResponse):
    seq = serializers.IntegerField()
    kind = serializers.CharField(source="account.kind")
    kind_label = serializers.CharField(source="account.get_kind_display")
    note = serializers.CharField()


class PointAccountResponse(serializers.Serializer[Any]):
    """One account of a member as it is stored: `seq` is its last entry's."""

    id = serializers.IntegerField()
    kind = serializers.CharField()
    kind_label = serializers.CharField(source="get_kind_display")
    balance = serializers.IntegerField()
    debt = serializers.IntegerField()
    seq = serializers.IntegerField()
    updated_at = serializers.DateTimeField()


class AdminPointBalanceResponse(PointBalanceResponse):
    accounts = PointAccountResponse(many=True)


class PointGrantRequest(Exact):
    delta = StrictInteger(
        min_value=-MOST_POINTS,
        max_value=MOST_POINTS,
        help_text="一次最多发放配置项 points.most_per_grant；负数为扣回，不得使余额为负",
    )
    reason = Line(max_length=200)

    def validate_delta(self, delta: int) -> int:
        if delta == 0:
            raise serializers.ValidationError("不能为 0")
        return delta
