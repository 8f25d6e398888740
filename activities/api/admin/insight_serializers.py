"""What operators get to know about an issue's odds: beforehand by simulation, afterwards as they came."""

from typing import Any

from rest_framework import serializers

from activities.api.app.odds_serializers import MetOddsLine
from activities.services.simulating import MOST_DRAWS
from blindbox.common.serializers import Line


class SimulationQuery(serializers.Serializer[Any]):
    """How much is simulated; the same seed gives the same result."""

    draws = serializers.IntegerField(min_value=1, max_value=MOST_DRAWS, default=10_000)
    seed = Line(max_length=40, default="1")
    daily = serializers.IntegerField(min_value=1, max_value=10**6, allow_null=True, default=None)


class CostedOddsLine(MetOddsLine):
    cost_fen = serializers.IntegerField()


class SimulationResponse(serializers.Serializer[Any]):
    """A simulation; money is the mean of a draw, but for `worst_fen`, the lowest that the running result was."""

    draws = serializers.IntegerField()
    seed = serializers.CharField()
    rewards = CostedOddsLine(many=True)
    p_value = serializers.FloatField(allow_null=True)
    price_fen = serializers.IntegerField(allow_null=True)
    value_fen = serializers.IntegerField()
    cost_fen = serializers.IntegerField()
    margin_fen = serializers.IntegerField(allow_null=True)
    worst_fen = serializers.IntegerField(allow_null=True)
    worst_at = serializers.IntegerField()
    dearest_fen = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    daily = serializers.IntegerField()
    sells_out_in_days = serializers.FloatField(allow_null=True)


class ReportResponse(serializers.Serializer[Any]):
    """An issue's realised odds and result. `fits`: chance explains the difference; null: nobody can say."""

    draws = serializers.IntegerField()
    refunded = serializers.IntegerField()
    rewards = CostedOddsLine(many=True)
    p_value = serializers.FloatField(allow_null=True)
    fits = serializers.BooleanField(allow_null=True)
    revenue_fen = serializers.IntegerField()
    cost_fen = serializers.IntegerField()
    profit_fen = serializers.IntegerField()
