"""What operators send and get about Boss seasons."""

from typing import Any

from rest_framework import serializers

from activities.api.app.boss_serializers import BossSeasonResponse
from activities.boss.seasons import MOST_PRIZES, WORST_RANK
from activities.enums import AwardKind, DamageRule, RewardKind
from activities.models.boss import GIVES
from blindbox.common.serializers import Choice, Count, Fen, Id, Line, Moment

KINDS = [(kind.value, kind.label) for kind in RewardKind if kind in GIVES]


class BossPrizeRequest(serializers.Serializer[Any]):
    """A prize: a rank award names its ranks; of points, coupon and amount exactly what its kind says."""

    award = Choice(AwardKind.choices)
    rank_from = Count(max_value=WORST_RANK, allow_null=True, default=None)
    rank_to = Count(max_value=WORST_RANK, allow_null=True, default=None)
    kind = Choice(KINDS, default=RewardKind.POINTS)
    title = Line(max_length=100, allow_blank=True, default="")
    points = Count(max_value=10**6, allow_null=True, default=None)
    coupon_id = Id(allow_null=True, default=None)
    amount_fen = Fen(min_value=1, allow_null=True, default=None)


class BossSeasonRequest(serializers.Serializer[Any]):
    """A season; it may change until it starts."""

    activity_id = Id()
    name = Line(max_length=40)
    hp = Count(max_value=10**12)
    rule = Choice(DamageRule.choices, default=DamageRule.PER_DRAW)
    factor = Count(max_value=10_000, default=1)
    daily_cap = Count(max_value=10**6)
    starts_at = Moment()
    ends_at = Moment()
    prizes = serializers.ListField(child=BossPrizeRequest(), max_length=MOST_PRIZES, default=list)


class BossSeasonDetailResponse(BossSeasonResponse):
    activity_id = serializers.IntegerField()
    hits = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
