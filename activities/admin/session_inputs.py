"""What an operator types about the generic draw tool: odds, limits, the daily window, what is counted or drawn for."""

from collections.abc import Mapping
from typing import Any

from django import forms

from activities.admin.config_fields import ClockField
from activities.gameplay import registry
from activities.gameplay.amount_range import ORDER, POINTS
from activities.gameplay.base import InvalidConfig
from activities.gameplay.session_config import ACTIVITY, ENTRIES, MOST_TIMES, MOST_WEIGHT, SESSION
from activities.gameplay.session_table import DYNAMIC, STATIC
from activities.gameplay.sessions import SessionPlay
from blindbox.common.adminkit import NumberInput, Select

TOOL = [kind for kind in registry.kinds() if isinstance(registry.get(kind), SessionPlay)]
LIMIT: Any = {"required": False, "min_value": 0, "max_value": MOST_TIMES}
KEYS = frozenset(ENTRIES)
LEVEL_KEYS = frozenset({"count_within", "needs_pass"})
AMOUNT_KEYS = frozenset({"amount_from"})


def having(entry: str) -> list[str]:
    """Return the types that have an entry of their own."""
    return [kind for kind in TOOL if entry in getattr(registry.get(kind), "entries", {})]


class SessionInputs(forms.Form):
    """Every type."""

    tool_probability = forms.ChoiceField(
        label="概率方式",
        required=False,
        choices=[(STATIC, "固定概率"), (DYNAMIC, "动态概率")],
        widget=Select(),
        help_text="固定：每种奖品填百分比，合计不足 100% 的部分是未中奖。动态：机会 = 剩余数量 × 权重，越抽越少。",
    )
    tool_empty_weight = forms.IntegerField(
        label="空奖权重",
        required=False,
        min_value=0,
        max_value=MOST_WEIGHT,
        widget=NumberInput(),
        help_text="只用于动态概率：与各奖品的“剩余数量 × 权重”相比。留空：有奖品时不会抽空。",
    )
    tool_times_limit = forms.IntegerField(
        label="整个活动每人最多抽几次", widget=NumberInput(), **LIMIT, help_text="留空：不限"
    )
    tool_session_times_limit = forms.IntegerField(
        label="每场每人最多抽几次", widget=NumberInput(), **LIMIT, help_text="留空：不限。每天重复的时段，每天算一场。"
    )
    tool_daily_from = ClockField(
        label="每天从", placeholder="10:00", help_text="每天重复的时段；两格都留空：整段时间都开"
    )
    tool_daily_to = ClockField(label="到", placeholder="11:00", help_text="不晚于开始就是到次日；24:00 是当天结束")


def initial_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the inputs show of a configuration."""
    daily = config.get("daily") or {}
    return {
        "tool_probability": config.get("probability", STATIC),
        "tool_empty_weight": config.get("empty_weight") or None,
        "tool_times_limit": config.get("times_limit") or None,
        "tool_session_times_limit": config.get("session_times_limit") or None,
        "tool_daily_from": daily.get("from"),
        "tool_daily_to": daily.get("to"),
    }


def config_of(typed: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the entries that say something; what is absent has its default.

    :raises InvalidConfig: if only half of a daily window is typed
    """
    dynamic = typed.get("tool_probability") == DYNAMIC
    said = {
        "probability": DYNAMIC if dynamic else None,
        "empty_weight": typed.get("tool_empty_weight") if dynamic else None,
        "times_limit": typed.get("tool_times_limit"),
        "session_times_limit": typed.get("tool_session_times_limit"),
        "daily": daily_of(typed.get("tool_daily_from"), typed.get("tool_daily_to")),
    }
    return {name: value for name, value in said.items() if value}


def daily_of(opens: str | None, closes: str | None) -> dict[str, str] | None:
    """:raises InvalidConfig: if only half of a window is typed"""
    if bool(opens) != bool(closes):
        raise InvalidConfig("每天的时段要把开始和结束都填上，或者都留空")
    return {"from": opens, "to": closes} if opens and closes else None


class LevelInputs(forms.Form):
    """What the n of the n-th draw counts, and whether a level must be passed first."""

    tool_count_within = forms.ChoiceField(
        label="“第几次”怎么数",
        required=False,
        choices=[(SESSION, "每场从 1 数起"), (ACTIVITY, "整个活动连续数")],
        widget=Select(),
    )
    tool_needs_pass = forms.BooleanField(
        label="需要通关凭证", required=False, help_text="关卡游戏：由游戏服务器发放一次性凭证，用户凭它抽这一关。"
    )


def initial_of_levels(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the inputs show of a configuration."""
    return {
        "tool_count_within": config.get("count_within", SESSION),
        "tool_needs_pass": config.get("needs_pass", False),
    }


def config_of_levels(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries that say something."""
    counted = {"count_within": ACTIVITY} if typed.get("tool_count_within") == ACTIVITY else {}
    return {**counted, **({"needs_pass": True} if typed.get("tool_needs_pass") else {})}


class AmountInputs(forms.Form):
    """What an amount is of."""

    tool_amount_from = forms.ChoiceField(
        label="数额来自",
        required=False,
        choices=[(ORDER, "现金订单的实付金额（元）"), (POINTS, "订单消费的积分")],
        widget=Select(),
        help_text="活动期间付的款或花的积分，每笔用一次；本活动自己的抽奖不算。奖品的“数额上限”用同一单位。",
    )


def initial_of_amounts(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the input shows of a configuration."""
    return {"tool_amount_from": config.get("amount_from", ORDER)}


def config_of_amounts(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry if it says something."""
    return {"amount_from": POINTS} if typed.get("tool_amount_from") == POINTS else {}
