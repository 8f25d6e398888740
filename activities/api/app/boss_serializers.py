"""What members get about a Boss."""

from typing import Any

from rest_framework import serializers

from activities.api.app.serializers import MaskedMemberResponse
from activities.enums import AwardKind, DamageRule, RewardKind, SeasonStatus
from blindbox.common.serializers import QueryId


class BossPrizeResponse(serializers.Serializer[Any]):
    """What a season promises; ranks only for rank awards."""

    award = serializers.ChoiceField(AwardKind.choices)
    award_label = serializers.CharField()
    rank_from = serializers.IntegerField(allow_null=True)
    rank_to = serializers.IntegerField(allow_null=True)
    kind = serializers.ChoiceField(RewardKind.choices)
    kind_label = serializers.CharField()
    title = serializers.CharField()
    points = serializers.IntegerField(allow_null=True)
    coupon_id = serializers.IntegerField(allow_null=True)
    amount_fen = serializers.IntegerField(allow_null=True)


class BossAwardResponse(serializers.Serializer[Any]):
    """What a settled season gave the caller; `paid_at` is empty for the moment that paying takes."""

    award = serializers.ChoiceField(AwardKind.choices)
    award_label = serializers.CharField()
    kind = serializers.ChoiceField(RewardKind.choices)
    kind_label = serializers.CharField()
    title = serializers.CharField()
    points = serializers.IntegerField(allow_null=True)
    paid_at = serializers.DateTimeField(allow_null=True)


class BossSeasonResponse(serializers.Serializer[Any]):
    """A season as everybody sees it."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    status = serializers.ChoiceField(SeasonStatus.choices)
    status_label = serializers.CharField()
    hp = serializers.IntegerField()
    damage = serializers.IntegerField()
    hp_left = serializers.IntegerField()
    rule = serializers.ChoiceField(DamageRule.choices)
    rule_label = serializers.CharField()
    factor = serializers.IntegerField()
    daily_cap = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    defeated_at = serializers.DateTimeField(allow_null=True)
    settled_at = serializers.DateTimeField(allow_null=True)
    prizes = BossPrizeResponse(many=True)


class BossResponse(BossSeasonResponse):
    """A Boss with the caller's place; the places are empty without a token, and before the first hit."""

    last_hit = MaskedMemberResponse(allow_null=True)
    my_rank = serializers.IntegerField(allow_null=True)
    my_damage = serializers.IntegerField()
    my_damage_today = serializers.IntegerField()
    my_awards = BossAwardResponse(many=True)


class BossRankResponse(serializers.Serializer[Any]):
    """A place of the live leaderboard; no two members share one."""

    rank = serializers.IntegerField()
    member = MaskedMemberResponse()
    damage = serializers.IntegerField()
    reached_at = serializers.DateTimeField()
    is_me = serializers.BooleanField()


class LeaderboardQuery(serializers.Serializer[Any]):
    season_id = QueryId(required=False, help_text="默认为正在进行的赛季，其次是下一个或最近一个")
