"""The inputs of some gameplay on the page of an activity; those of the others are hidden and ignored."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from activities.admin import box_inputs, match_inputs, odds_inputs, session_inputs
from activities.admin.box_inputs import BoxInputs, PickInputs
from activities.admin.odds_inputs import OddsInputs, WheelInputs

Config = dict[str, Any]


@dataclass(frozen=True)
class PlayInputs:
    """A group of inputs: which plays have it, and how it reads and writes their configuration."""

    title: str
    kinds: Sequence[str]
    form: type[forms.Form]
    rows: Sequence[Any]
    keys: frozenset[str]  # the entries of a configuration that these inputs speak for
    initial_of: Callable[[Mapping[str, Any]], Config]
    config_of: Callable[[Mapping[str, Any]], Config]
    blamed: str  # the field at which a configuration that cannot be played is told

    @property
    def fieldset(self) -> tuple[str, dict[str, Any]]:
        """The group on the page, shown by the script where the chosen gameplay has it."""
        return self.title, {
            "fields": list(self.rows),
            "classes": ["bb-play", *(f"bb-play-{kind}" for kind in self.kinds)],
        }


INPUTS = [
    PlayInputs(
        title="选号",
        kinds=box_inputs.PICKED,
        form=PickInputs,
        rows=["pick_number"],
        keys=frozenset({"pick_number"}),
        initial_of=box_inputs.initial_of_pick,
        config_of=box_inputs.config_of_pick,
        blamed="pick_number",
    ),
    PlayInputs(
        title="整箱",
        kinds=box_inputs.BOXES,
        form=BoxInputs,
        rows=["box_lock_seconds", ("buy_out_allowed", "buy_out_discount", "buy_out_after"), "auto_next"],
        keys=box_inputs.KEYS,
        initial_of=box_inputs.initial_of,
        config_of=box_inputs.config_of,
        blamed="box_lock_seconds",
    ),
    PlayInputs(
        title="对对碰",
        kinds=[match_inputs.KIND],
        form=match_inputs.MatchInputs,
        rows=match_inputs.MATCH_ROWS,
        keys=frozenset(match_inputs.OWN),
        initial_of=match_inputs.initial_of,
        config_of=match_inputs.config_of,
        blamed="match_cards",
    ),
    PlayInputs(
        title="转盘",
        kinds=["wheel"],
        form=WheelInputs,
        rows=[("wheel_layout", "wheel_segments")],
        keys=frozenset({"layout", "segments"}),
        initial_of=odds_inputs.initial_of_wheel,
        config_of=odds_inputs.config_of_wheel,
        blamed="wheel_segments",
    ),
    PlayInputs(
        title="保底与限量",
        kinds=["infinite", "wheel"],
        form=OddsInputs,
        rows=[("guarantee_levels", "guarantee_within"), "on_sold_out"],
        keys=frozenset({"guarantee", "on_sold_out"}),
        initial_of=odds_inputs.initial_of,
        config_of=odds_inputs.config_of,
        blamed="guarantee_levels",
    ),
    PlayInputs(
        title="通用抽奖",
        kinds=session_inputs.TOOL,
        form=session_inputs.SessionInputs,
        rows=[
            "serial",
            ("tool_probability", "tool_empty_weight"),
            ("tool_times_limit", "tool_session_times_limit"),
            ("tool_daily_from", "tool_daily_to"),
        ],
        keys=session_inputs.KEYS,
        initial_of=session_inputs.initial_of,
        config_of=session_inputs.config_of,
        blamed="tool_daily_from",
    ),
    PlayInputs(
        title="第几次与通关",
        kinds=session_inputs.having("count_within"),
        form=session_inputs.LevelInputs,
        rows=[("tool_count_within", "tool_needs_pass")],
        keys=session_inputs.LEVEL_KEYS,
        initial_of=session_inputs.initial_of_levels,
        config_of=session_inputs.config_of_levels,
        blamed="tool_count_within",
    ),
    PlayInputs(
        title="数额",
        kinds=session_inputs.having("amount_from"),
        form=session_inputs.AmountInputs,
        rows=["tool_amount_from"],
        keys=session_inputs.AMOUNT_KEYS,
        initial_of=session_inputs.initial_of_amounts,
        config_of=session_inputs.config_of_amounts,
        blamed="tool_amount_from",
    ),
]


def of(gameplay: str | None) -> list[PlayInputs]:
    """Return the groups of a gameplay."""
    return [each for each in INPUTS if gameplay in each.kinds]


def config_of(gameplay: str, typed: Mapping[str, Any]) -> Config:
    """Return the play's own configuration as typed."""
    said: Config = {}
    for each in of(gameplay):
        said |= each.config_of(typed)
    return said
