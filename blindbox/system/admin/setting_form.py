"""One small form a setting, with the input that its type asks for."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError

from blindbox.common.adminkit import NumberInput, Select, Textarea, TextInput, YuanField
from blindbox.common.money import yuan
from blindbox.system import configs
from blindbox.system.admin.wording import read_by
from blindbox.system.configs import Between, OneOf, Setting, SettingChanged

YES_NO = [("true", "开"), ("false", "关")]
MISSING = "请填写"


def _as_bool(value: Any) -> bool:
    return str(value).lower() == "true"


def field_for(setting: Setting) -> forms.Field:
    """Return the input of a setting's value."""
    kind = type(setting.default)
    if isinstance(setting.check, OneOf):
        return forms.ChoiceField(
            choices=[(word, setting.labels.get(word, word)) for word in setting.check.choices], widget=Select()
        )
    if kind is bool:
        return forms.TypedChoiceField(choices=YES_NO, coerce=_as_bool, widget=Select())
    if kind is int:
        # The setting's own check says what is too little, with the range in it.
        return YuanField(min_value=None) if setting.is_money else forms.IntegerField(widget=NumberInput())
    if kind is str:
        return forms.CharField(required=False, widget=TextInput())
    return forms.JSONField(widget=Textarea(attrs={"rows": 4}))


def text_of(setting: Setting, value: Any) -> str:
    """Return a setting's value as people read it."""
    if isinstance(value, bool):
        return "开" if value else "关"
    if isinstance(value, int) and setting.is_money:
        return yuan(value)
    return setting.labels.get(value, value) if isinstance(value, str) else str(value)


def _refusal(setting: Setting, value: Any) -> str | None:
    """Return why a setting does not take a value, in the unit that was typed."""
    problem = setting.check(value)
    if problem and setting.is_money and isinstance(setting.check, Between):
        return f"必须在 {yuan(setting.check.least)} 到 {yuan(setting.check.most)} 之间"
    return problem


class SettingForm(forms.Form):
    """A setting's value, and why it changes."""

    reason = forms.CharField(
        label="原因", max_length=200, widget=TextInput(attrs={"placeholder": "为什么修改（必填，写入操作日志）"})
    )

    def __init__(self, setting: Setting, value: Any, data: Any = None) -> None:
        initial = {"value": str(value).lower() if isinstance(value, bool) else value}
        super().__init__(data, prefix=setting.key, initial=initial)
        self.setting = setting
        self._salt = f"system.config:{setting.key}"
        self.note = signing.dumps(value, salt=self._salt) if data is None else data.get(f"{self.prefix}-shown", "")
        self.fields["value"] = field_for(setting)
        self.fields["value"].label = setting.label
        for name, field in self.fields.items():
            field.error_messages["required"] = MISSING
            field.widget.attrs["aria-label"] = f"{setting.label}：{field.label}" if name == "reason" else setting.label
        self.is_default = value == setting.default
        self.value_text, self.default_text = text_of(setting, value), text_of(setting, setting.default)

    def clean_value(self) -> Any:
        problem = _refusal(self.setting, self.cleaned_data["value"])
        if problem:
            raise ValidationError(problem)
        return self.cleaned_data["value"]

    def shown(self) -> Any:
        """
        Return the value that the page showed beside the input.

        :raises SettingChanged: if the form does not tell it, or not by our word
        """
        try:
            return signing.loads(self.note, salt=self._salt)
        except signing.BadSignature as error:
            raise SettingChanged from error

    def add_error(self, field: str | None, error: Any) -> None:
        """Refuse an input, and let the page open at it."""
        super().add_error(field, error)
        self.fields[field or "value"].widget.attrs["autofocus"] = True


def _read(key: str, side: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a logged side of a setting's change; one of a setting that no longer exists stays as it was stored."""
    setting = next((each for each in configs.all_settings() if each.key == key), None)
    return {name: text_of(setting, value) if setting else value for name, value in side.items()}


read_by("Config", _read)
