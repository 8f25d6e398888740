"""What an operator types about plays by published odds: guarantee, what happens when a prize runs out, the wheel."""

from collections.abc import Mapping
from typing import Any

from django import forms

from activities.admin.config_fields import WordsField
from activities.gameplay.base import InvalidConfig
from activities.gameplay.by_odds import PAUSE, SUBSTITUTE
from activities.gameplay.guarantee import MOST_LEVELS, MOST_WITHIN
from activities.gameplay.wheel import FEWEST, GRID, MOST, WHEEL
from blindbox.common.adminkit import NumberInput, Select


class OddsInputs(forms.Form):
    """Guarantee and limited prizes."""

    guarantee_levels = WordsField(
        noun="赏级",
        most=MOST_LEVELS,
        longest=16,
        placeholder="A，B",
        label="保底赏级",
        help_text="抽满右边的次数之内必得其中之一，用逗号隔开。没有保底就两格都留空。",
    )
    guarantee_within = forms.IntegerField(
        label="多少抽之内",
        required=False,
        min_value=2,
        max_value=MOST_WITHIN,
        widget=NumberInput(),
        help_text="例如 10：连续 9 抽未中，第 10 抽必中",
    )
    on_sold_out = forms.ChoiceField(
        label="限量奖品发完时",
        required=False,
        choices=[(PAUSE, "暂停销售"), (SUBSTITUTE, "换成替换奖品")],
        widget=Select(),
        help_text="奖品填了数量就是限量。选“换成替换奖品”时，每个限量奖品都要选一个价值不低于它的替换奖品。",
    )


def initial_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the inputs show of a configuration."""
    promised = config.get("guarantee", {})
    shown = {"guarantee_levels": promised.get("levels"), "guarantee_within": promised.get("within")}
    return {**shown, "on_sold_out": config.get("on_sold_out", PAUSE)}


def config_of(typed: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the entries that say something; what is absent has its default.

    :raises InvalidConfig: if only half of a guarantee is typed
    """
    levels, within = typed.get("guarantee_levels"), typed.get("guarantee_within")
    said: dict[str, Any] = {}
    if bool(levels) != (within is not None):
        raise InvalidConfig("保底赏级和抽数要一起填，或者都留空")
    if levels:
        said["guarantee"] = {"levels": levels, "within": within}
    if typed.get("on_sold_out") == SUBSTITUTE:
        said["on_sold_out"] = SUBSTITUTE
    return said


class WheelInputs(forms.Form):
    """How the client shows the rewards."""

    wheel_layout = forms.ChoiceField(
        label="样式", required=False, choices=[(WHEEL, "转盘"), (GRID, "九宫格")], widget=Select()
    )
    wheel_segments = forms.IntegerField(
        label="格数",
        required=False,
        min_value=FEWEST,
        max_value=MOST,
        widget=NumberInput(),
        help_text="一格一种奖品，按奖品的排序从 0 数起。留空：有几种奖品就几格；九宫格固定 8 格。",
    )


def initial_of_wheel(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the inputs show of a configuration."""
    return {"wheel_layout": config.get("layout", WHEEL), "wheel_segments": config.get("segments")}


def config_of_wheel(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the layout as typed."""
    said: dict[str, Any] = {"layout": typed.get("wheel_layout") or WHEEL}
    if typed.get("wheel_segments") is not None:
        said["segments"] = typed["wheel_segments"]
    return said
