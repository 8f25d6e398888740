"""Every back-office action of every app names a permission that exists."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.api.base import OperatorViewSet, TokenlessViewSet


def views(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for each in resolver.url_patterns:
        path = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from views(each, path)
        elif isinstance(each, URLPattern):
            yield path, each.callback


def back_office() -> list[tuple[str, Any]]:
    return [(path, view) for path, view in views(get_resolver()) if path.startswith("api/admin/")]


def test_every_back_office_route_is_an_operators():
    others = [path for path, view in back_office() if not issubclass(view.cls, OperatorViewSet)]
    assert [path for path in others if path != "api/admin/token"] == []
    assert issubclass(dict(back_office())["api/admin/token"].cls, TokenlessViewSet)


@pytest.mark.django_db
def test_every_action_names_a_permission_that_exists():
    known = {f"{p.content_type.app_label}.{p.codename}" for p in Permission.objects.select_related("content_type")}
    wanted = {
        (path, action): view.cls.permissions.get(action)
        for path, view in back_office()
        if issubclass(view.cls, OperatorViewSet)
        for action in view.actions.values()
    }
    assert {place: name for place, name in wanted.items() if name not in known} == {}
    assert len(wanted) >= 7
