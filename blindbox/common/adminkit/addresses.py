"""An address names a row in one spelling only; what cannot be a row's number is no page, for every view alike."""

from functools import wraps
from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db.models import AutoField, Field, Model
from django.http import Http404
from django.urls import URLPattern, register_converter

NAMES_OF_ROWS = ("object_id", "id")  # the second is that of Django's page for an operator's password


def row_id(model: type[Model], text: str) -> Any:
    """Return the primary key that a text from an address spells, or None if no row can have it."""
    column: Field[Any, Any] = model._meta.pk
    try:
        key = column.to_python(text)
        column.run_validators(key)
    except ValidationError:
        return None
    below_the_first = isinstance(column, AutoField) and key < 1
    return None if below_the_first or str(key) != text else key


def of_rows_only(model: type[Model], pattern: URLPattern) -> URLPattern:
    """Return a route whose view is not reached with a number that no row can have."""
    view = pattern.callback

    @wraps(view)
    def checked(request: Any, *args: Any, **kwargs: Any) -> Any:
        for name in NAMES_OF_ROWS:
            if name in kwargs and row_id(model, unquote(kwargs[name])) is None:
                raise Http404
        return view(request, *args, **kwargs)

    return URLPattern(pattern.pattern, checked, pattern.default_args, pattern.name)


class RowNumber:
    """`<row:…>` in a route of our own: a number that every database can look for."""

    regex = "[0-9]{1,18}"

    def to_python(self, text: str) -> int:
        return int(text)

    def to_url(self, number: int) -> str:
        return str(number)


register_converter(RowNumber, "row")
