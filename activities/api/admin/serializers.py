"""What operators send and get about activities."""

from typing import Any

from rest_framework import serializers

from activities.api.app.serializers import ActivityResponse, IssueResponse
from activities.enums import ActivityStatus, Position, RewardKind
from activities.gameplay.registry import choices
from activities.services.glue.planning import MOST_SLOTS
from blindbox.common.serializers import (
    Choice,
    Count,
    Exact,
    Fen,
    Id,
    ImageUrl,
    Line,
    Moment,
    NotOffered,
    Reasoned,
    StrictBoolean,
    StrictInteger,
    Text,
)


class CategoryRequest(Reasoned):
    name = Line(max_length=40)
    sort = StrictInteger(min_value=-1_000_000, max_value=1_000_000, default=0)
    is_visible = StrictBoolean(default=True)


class CategoryResponse(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    sort = serializers.IntegerField()
    is_visible = serializers.BooleanField()


class ActivityRequest(Reasoned):
    """An activity. A price that is null cannot be paid that way."""

    name = Line(max_length=100)
    category_id = Id()
    gameplay = Choice(choices())
    is_boss = StrictBoolean(default=False)
    tags = serializers.ListField(child=Line(max_length=20), max_length=10, default=list)
    status = Choice(ActivityStatus.choices, default=ActivityStatus.ACTIVE)
    price_fen = Fen(min_value=1, allow_null=True, default=None)
    price_points = Count(max_value=10**9, allow_null=True, default=None)
    cover_url = ImageUrl(allow_blank=True, default="")
    description = Text(max_length=20_000, allow_blank=True, default="")
    rules = Text(max_length=20_000, allow_blank=True, default="")
    starts_at = Moment()
    ends_at = Moment(allow_null=True, default=None)
    config = serializers.JSONField(default=dict)


class ActivitySetupResponse(ActivityResponse):
    serial_no = serializers.CharField(help_text="通用抽奖工具的活动编号")
    description = serializers.CharField()
    rules = serializers.CharField()
    config = serializers.JSONField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class IssueRequest(Reasoned):
    """A draft. Without a number a new one takes the next, an existing one keeps its own."""

    number = Count(required=False)
    starts_at = Moment(allow_null=True, default=None)
    ends_at = Moment(allow_null=True, default=None)
    config = serializers.JSONField(default=dict)


class IssueDetailResponse(IssueResponse):
    config = serializers.JSONField()
    reserved = serializers.IntegerField()
    terms = serializers.CharField()


class PassRequest(Exact):
    """Which member passed which level, as the game's own server knows."""

    uid = Id()
    node = Count()


class PassResponse(serializers.Serializer[Any]):
    """The pass that the member brings to the draw; it is used once."""

    def get_fields(self) -> dict[str, Any]:
        return {"pass": serializers.CharField()}


class DropRequest(serializers.Serializer[Any]):
    """Units of a limited prize that come into a session at a moment."""

    reward_id = Id()
    release_at = Moment()
    quantity = Count(max_value=100_000)


class SpreadRequest(serializers.Serializer[Any]):
    """Share a quantity over equal slots, the remainder to the earliest; this replaces the prize's plan."""

    reward_id = Id()
    quantity = Count(max_value=100_000)
    first_slot_at = Moment()
    slots = Count(max_value=MOST_SLOTS)
    every_minutes = Count(max_value=7 * 24 * 60)
    lead_minutes = StrictInteger(min_value=0, max_value=24 * 60, default=5)


class DropResponse(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    reward_id = serializers.IntegerField()
    release_at = serializers.DateTimeField()
    quantity = serializers.IntegerField()
    status = serializers.CharField()
    status_label = serializers.CharField(source="get_status_display")
    released_at = serializers.DateTimeField(allow_null=True)


class ReasonRequest(serializers.Serializer[Any]):
    reason = Line(max_length=200, required=False, allow_blank=True, default="")


class LossApprovalRequest(Exact):
    """How much a draft may lose by its end, and why."""

    budget_fen = Fen(min_value=1, help_text="这一期最多可以亏损多少")
    reason = Line(max_length=200, help_text="批准的理由，记入操作日志")


class LossApprovalResponse(serializers.Serializer[Any]):
    budget_fen = serializers.IntegerField()
    approved_at = serializers.DateTimeField()


class BundleLine(serializers.Serializer[Any]):
    """A product of a bundle, and how many of it."""

    product_id = Id()
    quantity = Count(max_value=100)


class RewardRequest(Exact, Reasoned):
    """A reward. Quantity for boxes, odds for weighted plays; what this release cannot grant is refused."""

    level = Line(max_length=16)
    name = Line(max_length=100)
    kind = Choice(RewardKind.choices, default=RewardKind.PRODUCT)
    product_id = Id(allow_null=True, default=None)
    points = Count(max_value=10**6, allow_null=True, default=None, help_text="积分奖品的积分数")
    coupon_id = Id(allow_null=True, default=None)
    amount_fen = Fen(min_value=1, allow_null=True, default=None)
    bundle = BundleLine(many=True, allow_null=True, default=None)
    quantity = Count(max_value=100_000, allow_null=True, default=None)
    odds_ppm = StrictInteger(min_value=1, max_value=1_000_000, allow_null=True, default=None)
    position = Choice(Position.choices, default=Position.TICKET)
    position_n = Count(max_value=100_000, allow_null=True, default=None)
    node = StrictInteger(min_value=0, max_value=10**12, allow_null=True, default=None)
    weight = Count(max_value=10**6, allow_null=True, default=None)
    substitute_id = Id(allow_null=True, default=None)
    is_fallback = StrictBoolean(default=False)
    image_url = ImageUrl(allow_blank=True, default="")
    reference_value_fen = Fen(default=0)
    cost_fen = Fen(default=0)
    sort = StrictInteger(min_value=-1_000_000, max_value=1_000_000, default=0)
    direct_price_fen = NotOffered("暂不支持期内直接购买，请留空")

    def validate_bundle(self, lines: list[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
        """An empty list is what a client sends for none."""
        return lines or None


class RewardDetailResponse(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    level = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    kind_label = serializers.CharField(source="get_kind_display")
    product_id = serializers.IntegerField(allow_null=True)
    points = serializers.IntegerField(allow_null=True)
    coupon_id = serializers.IntegerField(allow_null=True)
    amount_fen = serializers.IntegerField(allow_null=True)
    bundle = BundleLine(many=True, allow_null=True)
    quantity = serializers.IntegerField(allow_null=True)
    odds_ppm = serializers.IntegerField(allow_null=True)
    position = serializers.CharField()
    position_label = serializers.CharField(source="get_position_display")
    position_n = serializers.IntegerField(allow_null=True)
    node = serializers.IntegerField(allow_null=True)
    weight = serializers.IntegerField(allow_null=True)
    substitute_id = serializers.IntegerField(allow_null=True)
    is_fallback = serializers.BooleanField()
    image_url = serializers.CharField()
    reference_value_fen = serializers.IntegerField()
    cost_fen = serializers.IntegerField()
    sort = serializers.IntegerField()
