"""The bodies of the generic draw tool, word for word as its requirement lists them, with `unlimited` beside a count."""

from typing import Any

from rest_framework import serializers

from blindbox.common.serializers import Code, Exact, Id, Text

WON, NOT_WON = "200", "401"


class ActivityQuery(serializers.Serializer[Any]):
    serial_no = serializers.CharField(max_length=64, help_text="活动编号")


class DrawRequest(Exact):
    serial_no = Text(max_length=64, help_text="活动编号")
    uid = Id(help_text="用户ID")
    amount_ref = Text(
        max_length=48,
        required=False,
        default="",
        help_text="按数额抽奖：order:订单号 或 points:积分流水编号，由活动的 amount_from 决定",
    )
    pass_ = Text(max_length=200, required=False, default="", help_text="关卡游戏：一次性通关凭证")
    client_nonce = Code(max_length=64, required=False, allow_null=True, default=None, help_text="用户随机串")

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        fields["pass"] = fields.pop("pass_")  # the wire's word is Python's keyword
        return fields


class PrizeBody(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="奖品名称")
    pic_url = serializers.CharField(source="image_url", allow_blank=True, help_text="奖品图片")


class SessionBody(serializers.Serializer[Any]):
    start_time = serializers.IntegerField(help_text="场次开始时间")
    end_time = serializers.IntegerField(help_text="场次结束时间，0不结束")
    remaining_times = serializers.IntegerField(help_text="场次抽奖次数限制，0不限制或已用完")
    unlimited = serializers.BooleanField(help_text="是否不限次数")
    prizes_list = PrizeBody(many=True)


class ActivityBody(serializers.Serializer[Any]):
    serial_no = serializers.CharField(help_text="活动编号")
    type = serializers.IntegerField(help_text="1: 按时间抽奖 2: 按抽奖次数抽奖 3: 按数额范围区间抽奖")
    name = serializers.CharField(help_text="活动名称")
    description = serializers.CharField(allow_blank=True, help_text="活动描述")
    start_time = serializers.IntegerField(help_text="活动开始时间")
    end_time = serializers.IntegerField(help_text="活动结束时间，0不结束")
    remaining_times = serializers.IntegerField(help_text="活动抽奖次数限制，0不限制或已用完")
    unlimited = serializers.BooleanField(help_text="是否不限次数")
    sessions_list = SessionBody(many=True)


class ActivityEnvelope(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="200")
    msg = serializers.CharField(help_text="OK")
    result = ActivityBody()


class DrawBody(serializers.Serializer[Any]):
    """Empty where nothing was won."""

    serial_no = serializers.CharField(required=False)
    act_remaining_times = serializers.IntegerField(required=False, help_text="本活动抽奖剩余次数")
    act_unlimited = serializers.BooleanField(required=False)
    session_remaining_times = serializers.IntegerField(required=False, help_text="本场次抽奖剩余次数")
    session_unlimited = serializers.BooleanField(required=False)
    prizes_info = PrizeBody(required=False)


class DrawEnvelope(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="200 中奖，401 未中奖")
    msg = serializers.CharField(allow_blank=True)
    result = DrawBody()
