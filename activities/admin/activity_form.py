"""What an operator types about an activity. The configuration's JSON never shows: each entry has an input."""

from typing import Any

from django import forms

from activities.admin import play_inputs
from activities.admin.box_inputs import BoxInputs, PickInputs
from activities.admin.config_fields import BundlesField, WordsField
from activities.admin.match_inputs import MatchInputs
from activities.admin.odds_inputs import OddsInputs, WheelInputs
from activities.admin.session_inputs import AmountInputs, LevelInputs, SessionInputs
from activities.gameplay import registry
from activities.gameplay.base import InvalidConfig
from activities.models import Activity
from activities.services import configuring, offering
from activities.services.play_config import LARGEST_ORDER, MOST_DRAWS, SHARED
from blindbox.common.adminkit import NumberInput, Select, Textarea

CONFIG_INPUTS = ("largest_order", "bundle_prices")
MOST_TAGS = 10


class AllInputs(MatchInputs, WheelInputs, OddsInputs, BoxInputs, PickInputs, SessionInputs, LevelInputs, AmountInputs):
    """The inputs of every gameplay."""


def plays() -> list[tuple[str, str]]:
    """Return the plays to choose from: none is chosen by itself, as each has inputs of its own."""
    return [("", "请选择"), *offering.choices()]


class ActivityForm(forms.ModelForm, AllInputs):  # type: ignore[type-arg]  # generic in the stubs only
    gameplay = forms.ChoiceField(label="玩法", choices=plays, widget=Select(), help_text="开放过一期之后，玩法不能再改")
    tags = WordsField(
        noun="标签", most=MOST_TAGS, longest=20, placeholder="新品，限定", label="标签", help_text="用逗号隔开"
    )
    largest_order = forms.IntegerField(
        label="每单最多抽数", min_value=1, max_value=MOST_DRAWS, initial=LARGEST_ORDER, widget=NumberInput()
    )
    bundle_prices = BundlesField(
        label="多抽优惠价", required=False, help_text="每行一档：抽数 空格 总价（元）。没有优惠就留空。"
    )

    class Meta:
        model = Activity
        fields = [
            "name",
            "category",
            "gameplay",
            "tags",
            "price_fen",
            "price_points",
            "cover_url",
            "starts_at",
            "ends_at",
            "status",
            "is_boss",
            "description",
            "rules",
        ]
        widgets = {
            "description": Textarea(attrs={"rows": 3}),
            "rules": Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "price_fen": "留空表示不能用现金买；通用抽奖两种都留空就是免费，按数额或凭证的抽奖不能收现金",
            "price_points": "留空表示不能用积分抽",
            "ends_at": "留空表示不限时",
            "cover_url": "图片地址",
            "status": "归档后不再列出，也不能再开新的一期；已开放的期次凭链接仍可购买，直到结束",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        config = self.instance.config
        self._keep_choice()
        self._keep_what_was_opened()
        self.initial.setdefault("largest_order", config.get("largest_order", LARGEST_ORDER))
        self.initial.setdefault("bundle_prices", config.get("bundle_prices", []))
        for inputs in play_inputs.of(self.instance.gameplay):
            self.initial.update(inputs.initial_of(config))

    def _keep_choice(self) -> None:
        """An activity keeps a gameplay that was switched off since."""
        mine, field = self.instance.gameplay, self.fields["gameplay"]
        if mine and not offering.is_offered(mine) and isinstance(field, forms.ChoiceField):
            field.choices = [*offering.choices(), (mine, registry.label(mine))]

    def _keep_what_was_opened(self) -> None:
        """The gameplay of an opened issue is promised: show it, and take no other."""
        if self.instance.pk and "gameplay" in self.fields and configuring.opened_issues(self.instance.pk).exists():
            self.fields["gameplay"].disabled = True
            self.fields["gameplay"].help_text = "已有开放过的期次，玩法不能再改"

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        self._forget_hidden(values.get("gameplay"))
        free = values.get("price_fen") is None and values.get("price_points") is None
        if values.get("gameplay") and not self.errors and free and not registry.get(values["gameplay"]).may_be_free:
            self.add_error("price_fen", "单抽价格和单抽积分至少填一个")
        if values.get("gameplay") and not self.errors:
            self._check_play(values["gameplay"], values)
        return values

    def _forget_hidden(self, gameplay: str | None) -> None:
        """Inputs of other gameplay are hidden and will not be used, whatever is wrong with them."""
        shown = {name for inputs in play_inputs.of(gameplay) for name in inputs.form.base_fields}
        for inputs in play_inputs.INPUTS:
            for name in set(inputs.form.base_fields) - shown:
                self.errors.pop(name, None)

    def _check_play(self, gameplay: str, values: dict[str, Any]) -> None:
        try:
            registry.get(gameplay).parse_config(self._kept(gameplay) | play_inputs.config_of(gameplay, values))
        except InvalidConfig as error:
            groups = play_inputs.of(gameplay)
            self.add_error(groups[0].blamed if groups else None, error.in_words)

    def _kept(self, gameplay: str) -> dict[str, Any]:
        """Return the play's entries that no input speaks for; of another gameplay none is kept."""
        if gameplay != self.initial.get("gameplay"):
            return {}
        spoken_for = {key for inputs in play_inputs.of(gameplay) for key in inputs.keys}
        return {key: value for key, value in self.instance.config.items() if key not in {*spoken_for, *SHARED}}

    def config(self) -> dict[str, Any]:
        """Return the configuration with what the inputs say; entries without an input stay while the gameplay does."""
        gameplay = self.cleaned_data["gameplay"]
        shared = {key: value for key, value in self.instance.config.items() if key in SHARED}
        said = {name: self.cleaned_data[name] for name in CONFIG_INPUTS}
        return {**shared, **self._kept(gameplay), **said, **play_inputs.config_of(gameplay, self.cleaned_data)}
