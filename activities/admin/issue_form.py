"""What an operator types about an issue itself."""

from collections.abc import Mapping
from typing import Any

from django import forms

from activities.admin.config_fields import ClockField
from activities.admin.session_inputs import TOOL, daily_of
from activities.gameplay.base import InvalidConfig
from activities.gameplay.session_config import MOST_TIMES
from activities.models import Issue
from blindbox.common.adminkit import NumberInput, Select

AS_ACTIVITY, OWN, WHOLE = "", "own", "whole"
SESSION_INPUTS = ("own_times_limit", "own_daily", "own_daily_from", "own_daily_to")
OWN_KEYS = frozenset({"daily", "times_limit", "session_times_limit"})  # of an issue, both limits are the session's


class IssueForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Issue
        fields = ["activity", "number", "starts_at", "ends_at"]
        help_texts = {
            "number": "留空自动接上一期",
            "starts_at": "留空跟随活动",
            "ends_at": "留空跟随活动；有人抽过之后，一般只有售罄或到这个时间才能结束",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "number" in self.fields:
            self.fields["number"].required = False
        if "activity" in self.fields:
            self.fields["activity"].widget = forms.HiddenInput()

    def clean_number(self) -> int | None:
        number: int | None = self.cleaned_data["number"]
        return self.instance.number if number is None and self.instance.pk else number


class SessionForm(IssueForm):
    """An issue of the generic tool is a session: it may be on at hours of its own and have a limit of its own."""

    own_times_limit = forms.IntegerField(
        label="本场每人最多抽几次",
        required=False,
        min_value=0,
        max_value=MOST_TIMES,
        widget=NumberInput(),
        help_text="留空跟随活动；0 是不限",
    )
    own_daily = forms.ChoiceField(
        label="本场每天的时段",
        required=False,
        choices=[(AS_ACTIVITY, "跟随活动"), (OWN, "用下面的时段"), (WHOLE, "整段时间都开")],
        widget=Select(),
    )
    own_daily_from = ClockField(label="每天从", placeholder="10:00")
    own_daily_to = ClockField(label="到", placeholder="11:00", help_text="不晚于开始就是到次日；24:00 是当天结束")

    class Meta(IssueForm.Meta):
        help_texts = {
            "number": "留空自动接上一期",
            "starts_at": "本场开始，留空跟随活动",
            "ends_at": "本场结束，留空跟随活动；同一活动的场次不能重叠",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(_initial_of(self.instance.config))

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        try:
            self.config()
        except InvalidConfig as error:
            self.add_error("own_daily_from", error.in_words)
        return values

    def config(self) -> dict[str, Any]:
        """
        Return the issue's own configuration with what the inputs say.

        :raises InvalidConfig: if its hours are not whole
        """
        kept = {key: value for key, value in self.instance.config.items() if key not in OWN_KEYS}
        limit, daily = self.cleaned_data.get("own_times_limit"), self.cleaned_data.get("own_daily")
        said = {} if limit is None else {"times_limit": limit}
        hours = {} if daily == AS_ACTIVITY else {"daily": self._hours() if daily == OWN else None}
        return {**kept, **said, **hours}

    def _hours(self) -> dict[str, str]:
        hours = daily_of(self.cleaned_data.get("own_daily_from"), self.cleaned_data.get("own_daily_to"))
        if hours is None and not self.errors:
            raise InvalidConfig("请填本场每天的开始和结束")
        return hours or {}


def _initial_of(config: Mapping[str, Any]) -> dict[str, Any]:
    daily = config.get("daily") or {}
    word = AS_ACTIVITY if "daily" not in config else OWN if daily else WHOLE
    return {
        "own_times_limit": config.get("times_limit", config.get("session_times_limit")),
        "own_daily": word,
        "own_daily_from": daily.get("from"),
        "own_daily_to": daily.get("to"),
    }


def form_of(gameplay: str | None) -> type[IssueForm]:
    """Return what is typed about an issue of a gameplay."""
    return SessionForm if gameplay in TOOL else IssueForm
