"""Filters of lists."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter as UnfoldAutocompleteFilter,
)
from unfold.contrib.filters.admin import (
    BooleanRadioFilter as YesNoFilter,
)
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter as ChoiceFilter,
)
from unfold.contrib.filters.admin import (
    DropdownFilter,
    RangeDateTimeFilter,
    TextFilter,
)

from blindbox.common.adminkit.addresses import row_id

__all__ = ["AutocompleteSelectFilter", "ChoiceFilter", "TimeRangeFilter", "YesNoFilter", "text_filter", "word_filter"]

EARLIEST, LATEST = date(1900, 1, 1), date(9998, 12, 31)  # with room for a time zone on either side
Choices = Iterable[tuple[str, str]]


def filter_name(entry: Any) -> str:
    """Return which column or parameter an entry of `list_filter` asks for."""
    column = entry[0] if isinstance(entry, list | tuple) else getattr(entry, "parameter_name", entry)
    return str(column)


def word_filter(
    title: str, parameter: str, choices: Callable[[], Choices], where: Callable[[str], Q] | None = None
) -> type[Any]:
    """Return a drop-down of words; `where` says what a word selects, by default the column of the parameter's name."""

    class WordFilter(DropdownFilter):
        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return list(choices())

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            word = self.value()
            known = word in dict(self.lookup_choices)
            return queryset.filter(where(word) if where else Q(**{parameter: word})) if known else queryset

    WordFilter.title, WordFilter.parameter_name = title, parameter
    return WordFilter


def text_filter(title: str, parameter: str, where: Callable[[str], Q]) -> type[Any]:
    """Return an input for a few words; `where` says what they select."""

    class WordsFilter(TextFilter):
        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            typed = (self.value() or "").strip()
            return queryset.filter(where(typed)) if typed else queryset

    WordsFilter.title, WordsFilter.parameter_name = title, parameter
    return WordsFilter


class AutocompleteSelectFilter(UnfoldAutocompleteFilter):
    """One row of another table, typed to find it; a number that no row can have chooses none."""

    def value(self) -> Any:
        chosen = super().value()
        return chosen if chosen and row_id(self.field.related_model, str(chosen)) else None


class TimeRangeFilter(RangeDateTimeFilter):
    """From and to a moment on the operators' clock; a day without a time begins at midnight and includes its last."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        try:
            since, until = self._moment("from", time.min), self._moment("to", time.max)
        except ValidationError:
            messages.warning(request, f"“{self.title}”的时间写得不对，没有按它筛选")
            return queryset
        bounds = {"gte": since, "lte": until}
        return queryset.filter(**{f"{self.parameter_name}__{side}": at for side, at in bounds.items() if at})

    def _moment(self, side: str, otherwise: time) -> datetime | None:
        """:raises ValidationError: if a day or a time is none"""
        typed = [self.used_parameters.get(f"{self.parameter_name}_{side}_{part}") for part in (0, 1)]
        day, clock = forms.DateField(required=False).clean(typed[0]), forms.TimeField(required=False).clean(typed[1])
        if day is None:
            return None
        return timezone.make_aware(datetime.combine(min(max(day, EARLIEST), LATEST), clock or otherwise))
