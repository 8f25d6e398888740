"""The queue for a whole box as a member sees it."""

from typing import Any

from rest_framework import serializers

from activities.enums import LockState


class LockResponse(serializers.Serializer[Any]):
    """The queue for a whole box; without a token the state is none."""

    state = serializers.ChoiceField(LockState.choices, help_text="您自己的状态")
    state_label = serializers.CharField()
    position = serializers.IntegerField(allow_null=True, help_text="您前面还有几人，0 为轮到您；不在队里为空")
    until = serializers.DateTimeField(allow_null=True, help_text="正在独占的用户到何时为止，无人独占为空")
    queue_length = serializers.IntegerField(help_text="独占和排队的人数")
    seconds = serializers.IntegerField(help_text="每人独占几秒")
