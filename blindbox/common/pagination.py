"""Lists are pages with a total; logs are cursors, the same cost at any depth."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from blindbox.common.request import parse_query
from blindbox.common.serializers import BIGGEST

AnySerializer = type[serializers.Serializer[Any]]
Render = Callable[[list[Any]], Any]


class PageQuery(serializers.Serializer[Any]):
    page = serializers.IntegerField(min_value=1, max_value=1_000_000, default=1)
    page_size = serializers.IntegerField(min_value=1, max_value=100, default=20)


class LogQuery(serializers.Serializer[Any]):
    cursor = serializers.IntegerField(min_value=1, max_value=BIGGEST, default=BIGGEST)
    limit = serializers.IntegerField(min_value=1, max_value=100, default=20)


PAGE_PARAMETERS = [PageQuery]
LOG_PARAMETERS = [
    OpenApiParameter("cursor", int, description="上一页的 next_cursor"),
    OpenApiParameter("limit", int, description="1–100，默认 20"),
]


@cache
def page_of(serializer: AnySerializer) -> Any:
    """Return the OpenAPI shape of a page."""
    return inline_serializer(
        f"{serializer.__name__}Page",
        {
            "list": serializer(many=True),
            "total": serializers.IntegerField(),
            "page": serializers.IntegerField(),
            "page_size": serializers.IntegerField(),
        },
    )


@cache
def log_of(serializer: AnySerializer) -> Any:
    """Return the OpenAPI shape of a log."""
    return inline_serializer(
        f"{serializer.__name__}Log",
        {"list": serializer(many=True), "next_cursor": serializers.IntegerField(allow_null=True)},
    )


def paginate(request: Request, rows: "QuerySet[Any] | Sequence[Any]", serializer: AnySerializer) -> Response:
    """Answer one page of rows that have a unique order."""
    return paginate_rendered(request, rows, lambda found: serializer(found, many=True).data)


def paginate_rendered(request: Request, rows: "QuerySet[Any] | Sequence[Any]", render: Render) -> Response:
    """Answer one page of rows that have a unique order, rendered all together."""
    query = parse_query(PageQuery, request)
    start = (query["page"] - 1) * query["page_size"]
    total = rows.count() if isinstance(rows, QuerySet) else len(rows)
    found = list(rows[start : start + query["page_size"]])
    return Response({"list": render(found), "total": total, **query})


def log_page(request: Request, rows: "QuerySet[Any]", serializer: AnySerializer, *, key: str = "pk") -> Response:
    """Answer the newest rows below a cursor, by a unique descending key; no count."""
    return log_rendered(request, rows, lambda found: serializer(found, many=True).data, key=key)


def log_rendered(request: Request, rows: "QuerySet[Any]", render: Render, *, key: str = "pk") -> Response:
    """Answer the newest rows below a cursor, rendered all together; no count."""
    query = parse_query(LogQuery, request)
    limit: int = query["limit"]
    found = list(rows.filter(**{f"{key}__lt": query["cursor"]}).order_by(f"-{key}")[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    next_cursor = None if last is None else getattr(last, key)
    return Response({"list": render(found[:limit]), "next_cursor": next_cursor})
