"""What everybody may know of an issue's realised odds."""

from typing import Any

from rest_framework import serializers


class MetOddsLine(serializers.Serializer[Any]):
    """A reward in ppm of a draw: published (of the generic tool, the mean of the odds that its draws met), and met."""

    reward_id = serializers.IntegerField()
    level = serializers.CharField()
    name = serializers.CharField()
    odds_ppm = serializers.IntegerField()
    drawn = serializers.IntegerField()
    share_ppm = serializers.IntegerField()


class OddsReportResponse(serializers.Serializer[Any]):
    """
    Realised odds of an issue so far. `fits`: chance explains the difference (chi-square); null: too few draws of the
    generic tool, whose odds follow the stock, to say it; each is recomputed by its proof.
    """

    issue_id = serializers.IntegerField()
    draws = serializers.IntegerField()
    p_value = serializers.FloatField(allow_null=True)
    fits = serializers.BooleanField(allow_null=True)
    rewards = MetOddsLine(many=True)
