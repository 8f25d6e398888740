"""People type yuan and percent; the database holds fen and parts per million."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextInputWidget

FIRST_YEAR, LAST_YEAR = 2000, 2199  # as the API has it: what every database stores in any time zone


def possible_moment(moment: datetime) -> None:
    """:raises ValidationError: for a moment that some database cannot store"""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValidationError(f"时间必须在 {FIRST_YEAR} 年到 {LAST_YEAR} 年之间")


class MomentField(forms.DateTimeField):
    """A moment in a modal, on the operators' clock: the browser's own input, as modals load no scripts."""

    def __init__(self, **kwargs: Any) -> None:
        widget = UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"})
        super().__init__(widget=widget, validators=[possible_moment], **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return timezone.localtime(value).strftime("%Y-%m-%dT%H:%M") if isinstance(value, datetime) else value


class ScaledField(forms.DecimalField):
    """A decimal that people read, stored as a whole number of its smallest unit."""

    scale: ClassVar[int] = 1
    places: ClassVar[int] = 0
    symbol: ClassVar[dict[str, str]] = {}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", Decimal(0))
        attrs = {"inputmode": "decimal", "autocomplete": "off", **self.symbol}
        kwargs["widget"] = UnfoldAdminTextInputWidget(attrs=attrs)
        super().__init__(max_digits=14, decimal_places=self.places, **kwargs)

    def clean(self, value: Any) -> int | None:
        return self._units(super().clean(value))

    def _units(self, typed: Decimal | None) -> int | None:
        return None if typed is None else int(typed * self.scale)

    def prepare_value(self, value: Any) -> Any:
        if type(value) is not int:
            return value  # what somebody typed comes back as they typed it
        return f"{Decimal(value) / self.scale:.{self.places}f}"

    def in_words(self, value: int) -> str:
        return f"{self.symbol.get('prefix', '')}{self.prepare_value(value)}{self.symbol.get('suffix', '')}"

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self._units(self.to_python(data)) != initial)
        except (ValidationError, ArithmeticError, ValueError):
            return True


class YuanField(ScaledField):
    """60.00 → 6000 fen."""

    scale, places = 100, 2
    symbol: ClassVar[dict[str, str]] = {"prefix": "¥", "class": "bb-prefixed"}


class PercentField(ScaledField):
    """0.5 % → 5000 ppm."""

    scale, places = 10_000, 4
    symbol: ClassVar[dict[str, str]] = {"suffix": "%", "class": "bb-suffixed"}

    def prepare_value(self, value: Any) -> Any:
        text = super().prepare_value(value)
        return text.rstrip("0").rstrip(".") if type(value) is int else text


def in_words(field: forms.Field, value: Any) -> str:
    """Return a form's value in a sentence; a field may say how it is read there."""
    if value in (None, "", []):
        return "（空）"
    said: str = field.in_words(value) if hasattr(field, "in_words") else str(value)
    return said
