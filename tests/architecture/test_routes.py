"""Every URL of the project: who may pass is decided somewhere, and nobody forgot one."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.permissions import AllowAny

from accounts.api.base import MemberViewSet, OperatorViewSet, PublicViewSet, SharedViewSet

# Open to everybody, each for a reason.
OPEN = {
    "": "the landing page",
    "favicon.ico": "what browsers ask for by themselves",
    "healthz": "probe",
    "readyz": "probe",
    "api/schema": "public documentation",
    "api/docs": "public documentation",
    "api/app/users/weixin/login": "gets a token",
    "api/app/users/token/refresh": "gets a token",
    "api/app/users/logout": "gives a token back",
    "api/admin/token": "gets a token",
    "api/payments/<str:gateway>/notify": "signed by WeChat",
    "api/payments/<str:gateway>/refund_notify": "signed by WeChat",
    "verify/<int:draw_log_id>": "recomputes a published draw",
    "v1/glue/activity": "shows what an activity offers, as /api/app/activities does",
}
SHARED = {"v1/glue/activity/draw"}  # members for themselves, an operator's token for any member
WITHOUT_TOKEN_READABLE = ("activities", "activity_categories", "product", "notices", "configs", "draw_")


def routes(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        here = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if not here.startswith("admin/"):  # Django's own admin site guards each of its views
                yield from routes(pattern.url_patterns, here)
        else:
            yield here, pattern


def view_class(pattern: URLPattern) -> Any:
    return getattr(pattern.callback, "cls", None)


ROUTES = sorted(routes(), key=lambda each: each[0])
ADMIN = [(url, pattern) for url, pattern in ROUTES if url.startswith("api/admin/") and url not in OPEN]
APP = [(url, pattern) for url, pattern in ROUTES if url.startswith("api/app/") and url not in OPEN]


@pytest.mark.parametrize(("url", "pattern"), ROUTES, ids=[url for url, _ in ROUTES])
def test_a_route_is_guarded_or_listed_as_open(url: str, pattern: URLPattern):
    guarded = url.startswith(("api/app/", "api/admin/")) or url in SHARED
    assert guarded or url in OPEN, "a new route outside /api/app and /api/admin needs its reason in OPEN"
    assert not url.endswith("/")


@pytest.mark.parametrize("url", sorted(SHARED))
def test_a_shared_route_asks_who_calls_and_for_whom(url: str):
    view = view_class(dict(ROUTES)[url])
    assert issubclass(view, SharedViewSet)
    assert view.permission_classes == SharedViewSet.permission_classes
    assert "." in view.permission


def test_nothing_is_listed_as_open_that_is_not_there():
    assert set(OPEN) - {url for url, _ in ROUTES} == set()


@pytest.mark.parametrize(("url", "pattern"), ADMIN, ids=[url for url, _ in ADMIN])
def test_each_admin_action_names_its_permission(url: str, pattern: URLPattern):
    view, actions = view_class(pattern), pattern.callback.actions  # type: ignore[attr-defined]
    assert issubclass(view, OperatorViewSet)
    assert view.permission_classes == OperatorViewSet.permission_classes
    missing = {action for action in actions.values() if "." not in view.permissions.get(action, "")}
    assert missing == set()


@pytest.mark.parametrize(("url", "pattern"), APP, ids=[url for url, _ in APP])
def test_each_app_route_is_a_members_or_only_reads_what_is_public(url: str, pattern: URLPattern):
    view, actions = view_class(pattern), pattern.callback.actions  # type: ignore[attr-defined]
    if issubclass(view, MemberViewSet):
        assert view.permission_classes == MemberViewSet.permission_classes
        return
    assert issubclass(view, PublicViewSet)
    assert url.removeprefix("api/app/").startswith(WITHOUT_TOKEN_READABLE)
    assert set(actions) <= {"get", "head"} or url.endswith("/preview")


def test_no_view_relies_on_the_default_permission():
    """The default denies everybody, so a view without its own is a route that nobody can use."""
    views = {view_class(pattern) for _, pattern in ROUTES} - {None}
    assert {view.__name__ for view in views if view.permission_classes == []} == set()
    open_views = {view.__name__ for view in views if AllowAny in view.permission_classes}
    listed = {view_class(pattern).__name__ for url, pattern in ROUTES if url in OPEN and view_class(pattern)}
    public = {view.__name__ for view in views if issubclass(view, PublicViewSet)}
    assert open_views <= listed | public
