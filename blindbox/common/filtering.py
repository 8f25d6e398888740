"""Filters, search and ordering of lists: declared, allow-listed, and the same in OpenAPI."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django_filters import CharFilter, Filter, FilterSet, OrderingFilter
from django_filters.utils import translate_validation
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from blindbox.common.serializers import BIGGEST, Moment

LONGEST_SEARCH = 100


class IdFilter(Filter):
    """A row's id; a decimal filter would take 1e999999999 and turn it into an integer."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=1, max_value=BIGGEST, **kwargs)


_FLAGS = {"true": True, "1": True, "false": False, "0": False}


class _FlagField(forms.Field):
    """Django's own reads any other word as "does not matter" and answers the whole list."""

    def clean(self, value: Any) -> bool | None:
        text = super().clean(value)
        if text and text not in _FLAGS:
            raise forms.ValidationError("只能是 true、false、1 或 0", code="invalid")
        return _FLAGS.get(text)


class FlagFilter(Filter):
    """Yes or no."""

    field_class = _FlagField


class _MomentField(forms.Field):
    """As request bodies hold moments: with an offset, and within what every database can store."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return Moment().run_validation(text) if text else None
        except serializers.ValidationError as error:
            reasons = [forms.ValidationError(str(detail), code="invalid") for detail in error.detail]
            raise forms.ValidationError(reasons) from error


class MomentFilter(Filter):
    """A moment with its offset."""

    field_class = _MomentField


class SearchFilter(CharFilter):
    """Words to look for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, max_length=LONGEST_SEARCH, **kwargs)


class StableOrdering(OrderingFilter):
    """Named orders only, each made total by the newest id, so that pages neither repeat nor miss a row."""

    def filter(self, qs: "QuerySet[Any]", value: Any) -> "QuerySet[Any]":
        ordered: QuerySet[Any] = super().filter(qs, value)
        return ordered.order_by(*ordered.query.order_by, "-pk") if value else ordered


def filtered(filters: type[FilterSet], request: Request, rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """
    Return the rows that the query string asks for.

    :raises ValidationError: naming the parameter that is wrong
    """
    chosen = filters(request.query_params, queryset=rows)
    if not chosen.is_valid():
        raise translate_validation(chosen.errors)
    found: QuerySet[Any] = chosen.qs
    return found


def parameters_of(filters: type[FilterSet]) -> list[OpenApiParameter]:
    """Return a filter set's parameters for OpenAPI."""
    return [
        OpenApiParameter(name, _type_of(each), enum=_choices_of(each), description=str(each.label or ""))
        for name, each in filters.base_filters.items()
    ]


def _type_of(each: Filter) -> type[int | bool | str]:
    if isinstance(each, FlagFilter):
        return bool
    return int if issubclass(each.field_class, forms.IntegerField) else str


def _choices_of(each: Filter) -> list[str] | None:
    choices = each.extra.get("choices")
    return [str(value) for value, _ in choices] if choices and not callable(choices) else None
