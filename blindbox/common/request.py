"""Parse what a request brings into plain values."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from blindbox.common.errors import Invalid, NotAnObject


def parse(serializer: type[serializers.Serializer[Any]], request: Request, *, partial: bool = False) -> dict[str, Any]:
    """
    Return the validated body.

    :raises serializers.ValidationError: with each field's reason, answered as `common.invalid`
    :raises NotAnObject: if the body is something else
    """
    if not isinstance(request.data, dict):
        raise NotAnObject
    return validated(serializer, request.data, partial=partial)


def validated(
    serializer: type[serializers.Serializer[Any]], data: dict[str, Any], *, partial: bool = False
) -> dict[str, Any]:
    """
    Return validated data of one object.

    :raises serializers.ValidationError: with each field's reason
    """
    return dict(_validator(serializer, partial).run_validation(data))


@cache
def _validator(serializer: type[serializers.Serializer[Any]], partial: bool) -> serializers.Serializer[Any]:
    """Return the one instance that validates: it keeps no state, and copying its fields costs more than their work."""
    return serializer(partial=partial)


def parse_query(serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """Return the validated query string; unknown parameters are ignored."""
    return validated(serializer, request.query_params.dict())


MOST_AT_ONCE = 200


@contextmanager
def named_as_sent(request: Request) -> Iterator[None]:
    """Name refused fields as the body of `parse_many` does: a lone object has no place in a list."""
    try:
        yield
    except Invalid as refusal:
        if isinstance(request.data, list):
            raise
        raise refusal.renamed(lambda field: field.removeprefix("0.")) from refusal


def parse_many(serializer: type[serializers.Serializer[Any]], request: Request) -> list[dict[str, Any]]:
    """
    Return the validated body as a list: of one if it is an object, else of each entry.

    :raises serializers.ValidationError: with each field's reason
    :raises NotAnObject: if the body is neither
    """
    if isinstance(request.data, dict):
        return [parse(serializer, request)]
    if not isinstance(request.data, list):
        raise NotAnObject(or_list=True)
    checked = serializers.ListField(child=serializer(), allow_empty=False, max_length=MOST_AT_ONCE)
    return [dict(each) for each in checked.run_validation(request.data)]
