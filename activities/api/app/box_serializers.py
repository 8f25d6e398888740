"""What members get about a box: its numbers, and the queue for having it to oneself."""

from typing import Any

from rest_framework import serializers

from activities.api.app.lock_serializers import LockResponse
from activities.api.app.serializers import DrawnRewardResponse
from activities.enums import TicketState
from blindbox.common.pagination import PageQuery


class TicketQuery(PageQuery):
    whole = serializers.BooleanField(default=False, help_text="为 true 时另附整箱各号的状态 states")


class TicketResponse(serializers.Serializer[Any]):
    ticket_no = serializers.IntegerField()
    state = serializers.ChoiceField(TicketState.choices)
    state_label = serializers.CharField()
    reward = DrawnRewardResponse(allow_null=True, help_text="已抽走的号码开出的奖品")
    is_mine = serializers.BooleanField(help_text="是否由您占用或抽走")


class TicketGridResponse(serializers.Serializer[Any]):
    """A page of a box's numbers, and the box as a whole."""

    list = TicketResponse(many=True)
    total = serializers.IntegerField()
    page = serializers.IntegerField()
    page_size = serializers.IntegerField()
    pick_number = serializers.BooleanField(help_text="是否由用户选号；否则按顺序发号")
    sold = serializers.IntegerField()
    reserved = serializers.IntegerField()
    remaining = serializers.IntegerField()
    states = serializers.CharField(
        allow_null=True, help_text="whole=true 时：从 1 号起每号一位，0 可选，1 已占用，2 已抽走"
    )
    lock = LockResponse(allow_null=True, help_text="锁箱排队；本期不支持锁箱时为空")
