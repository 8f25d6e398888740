"""Entries of a configuration as people type them."""

from decimal import Decimal
from typing import Any

from django import forms

from activities.gameplay.occurrences import minutes
from activities.services.play_config import DEAREST_BUNDLE_FEN, MOST_BUNDLES, MOST_DRAWS
from blindbox.common.adminkit import Textarea, TextInput
from blindbox.common.money import yuan


class WordsField(forms.CharField):
    """Words between commas."""

    def __init__(self, *, noun: str, most: int, longest: int, placeholder: str, **kwargs: Any) -> None:
        super().__init__(widget=TextInput(attrs={"placeholder": placeholder}), required=False, **kwargs)
        self._noun, self._most, self._longest = noun, most, longest

    def prepare_value(self, value: Any) -> Any:
        return "，".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)

    def clean(self, value: Any) -> list[str]:
        words = [word.strip() for word in super().clean(value).replace(",", "，").split("，")]
        found = [word for word in words if word]
        if len(found) > self._most or any(len(word) > self._longest for word in found):
            raise forms.ValidationError(f"最多 {self._most} 个{self._noun}，每个不超过 {self._longest} 字")
        return found


class ClockField(forms.CharField):
    """A time of a day; 24:00 is its end."""

    def __init__(self, *, placeholder: str, **kwargs: Any) -> None:
        super().__init__(widget=TextInput(attrs={"placeholder": placeholder}), required=False, **kwargs)

    def clean(self, value: Any) -> str | None:
        typed = super().clean(value).replace("：", ":").zfill(len("00:00"))
        if not value:
            return None
        try:
            minutes(typed)
        except ValueError as error:
            raise forms.ValidationError("写 24 小时制的时间，例如 09:30；一天的结尾写 24:00") from error
        return str(typed)


class BundlesField(forms.CharField):
    """One bundle a line: how many draws, and their price in yuan."""

    widget = Textarea(attrs={"rows": 2, "placeholder": "10 550.00"})

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return "\n".join(f"{each['count']} {each['price_fen'] / 100:.2f}" for each in value)

    def in_words(self, value: list[dict[str, int]]) -> str:
        return "、".join(f"{each['count']} 抽 {yuan(each['price_fen'])}" for each in value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare what is meant: a browser ends lines in its own way, and 550 is 550.00."""
        try:
            return bool(self.clean(data or "") != (initial or []))
        except forms.ValidationError:
            return True

    def clean(self, value: Any) -> list[dict[str, int]]:
        lines = [line.split() for line in super().clean(value).splitlines() if line.strip()]
        if len(lines) > MOST_BUNDLES:
            raise forms.ValidationError(f"最多 {MOST_BUNDLES} 档")
        bundles = [self._bundle(parts) for parts in lines]
        if len({each["count"] for each in bundles}) != len(bundles):
            raise forms.ValidationError("同样的抽数只能写一档")
        return bundles

    def _bundle(self, parts: list[str]) -> dict[str, int]:
        try:
            count, price = parts
            bundle = {"count": int(count), "price_fen": int(Decimal(price.lstrip("¥")) * 100)}
        except (ValueError, ArithmeticError) as error:  # an infinite price too
            raise forms.ValidationError("每行写“抽数 空格 总价”，例如：10 550.00") from error
        if not 1 <= bundle["count"] <= MOST_DRAWS:
            raise forms.ValidationError(f"“{' '.join(parts)}”的抽数要在 1 到 {MOST_DRAWS} 之间")
        if not 1 <= bundle["price_fen"] <= DEAREST_BUNDLE_FEN:
            raise forms.ValidationError(f"“{' '.join(parts)}”的总价要大于 0，不超过 {yuan(DEAREST_BUNDLE_FEN)}")
        return bundle
