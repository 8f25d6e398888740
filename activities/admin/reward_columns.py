"""Which columns the table of an issue's rewards has, and what its gameplay calls and means by them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from activities.admin import reward_kinds
from activities.gameplay import registry
from activities.gameplay.base import Gameplay, InvalidConfig
from activities.gameplay.sessions import SessionPlay
from activities.models import Activity, Issue
from activities.services import play_config, worth
from activities.services.play_config import PlayConfig
from blindbox.common.adminkit import YuanField

BEFORE, AFTER = ["picture", "level", "name", "product", "points"], ["share", "reference_value_fen", "cost_fen", "sort"]


@dataclass(frozen=True)
class Rules:
    """The gameplay of an issue with the configuration that holds for it."""

    play: Gameplay
    config: PlayConfig

    @property
    def own(self) -> Mapping[str, Any]:
        return self.config.own

    def read(self) -> list[str]:
        return list(self.play.columns(self.own))


def rules_of(activity: Activity | None, issue: Issue | None) -> Rules | None:
    """Return the rules of an issue, or of the next one; None until the activity can be played at all."""
    if activity is None:
        return None
    try:
        config = play_config.config_of(issue) if issue else play_config.read(activity.gameplay, activity.config)
    except InvalidConfig:  # an activity that was configured for another gameplay says so where it is typed
        return None
    return Rules(registry.get(activity.gameplay), config)


def columns_of(activity: Activity | None, issue: Issue | None) -> list[str]:
    """Return the columns of a table: those that the configuration reads, and those that hold something already."""
    play = registry.get(activity.gameplay) if activity else None
    rules = rules_of(activity, issue)
    own = list(play.reward_columns) if play else []
    if rules is not None:
        read, filled = rules.read(), _filled(issue)
        own = [name for name in own if name in read or name in filled]
    after = [name for name in AFTER if name != "share" or not (play and play.odds_follow)]
    return [*BEFORE, *reward_kinds.columns_for(activity), *own, *after]


def _filled(issue: Issue | None) -> set[str]:
    if issue is None:
        return set()
    odds, weights = issue.rewards.filter(odds_ppm__isnull=False), issue.rewards.filter(weight__isnull=False)
    return {name for name, rows in {"odds_ppm": odds, "weight": weights}.items() if rows.exists()}


def adapt(fields: dict[str, forms.Field], rules: Rules) -> None:
    """Let the inputs of a row say what this gameplay means by them."""
    labels = rules.play.labels(rules.own)
    for name in rules.play.in_yuan(rules.own) & set(fields):
        fields[name] = YuanField(label=labels.get(name), required=False)
    for name in set(labels) & set(fields):
        fields[name].label = labels[name]
    if isinstance(rules.play, SessionPlay) and "odds_ppm" in fields:
        fields["odds_ppm"].required = False  # a prize that only takes another's place has none


def shown_to_script(activity: Activity | None, rules: Rules | None) -> dict[str, Any]:
    """Return what rewards.js needs to count as the server does."""
    if activity is None or rules is None:
        return {"point_fen": worth.point_fen(), "rules": {}}
    least, own = worth.drafted_price_fen(activity, rules.config), rules.own
    node_label = rules.play.labels(own).get("node", "")
    return {"point_fen": worth.point_fen(), "rules": own, "least_price_fen": least, "node_label": node_label}
