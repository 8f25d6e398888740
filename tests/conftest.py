"""What every test may ask for: members, operators, and clients that speak for them."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache, caches
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import tokens
from accounts.models import Member, Operator
from activities import selectors
from activities.services import boxes, commitments, terms
from blindbox.system import audit, configs, outbox
from blindbox.system.admin.changes import label
from tests.factories import accounts


def pytest_configure() -> None:
    """Give each parallel run its own corner of a shared cache."""
    settings.CACHES["default"]["KEY_PREFIX"] = os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    getattr(cache, "delete_pattern", lambda _: cache.clear())("*")
    caches["process"].clear()
    configs.forget()
    yield


@pytest.fixture(autouse=True)
def _forget_issues() -> None:
    """Drop what a process keeps for ever: test databases give the same ids to other issues."""
    for kept in (terms.of_issue, boxes.of_issue, boxes.tree_of, commitments.of_day, selectors.head_of_moment):
        kept.cache_clear()


@pytest.fixture(autouse=True)
def _every_log_is_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test has logged, the page of the operation log must be able to name in Chinese."""
    real = audit.record

    def record(change: audit.Change, **who: Any) -> None:
        real(change, **who)
        unnamed = [name for name in {**change.before, **change.after} if label(change.object_type, name) == name]
        assert unnamed == [], f"no logged_as(…) in an admin module names {change.object_type}'s {unnamed} in Chinese"

    monkeypatch.setattr(audit, "record", record)


@pytest.fixture
def make_member(db: None) -> Callable[..., Member]:
    """Make members: make_member(nickname="小明", points_balance=100)."""
    return accounts.make_member


@pytest.fixture
def member(make_member: Callable[..., Member]) -> Member:
    return make_member()


@pytest.fixture
def make_operator(db: None) -> Callable[..., Operator]:
    """Make operators: make_operator(username="yun", permissions=["accounts.view_member"])."""
    return accounts.make_operator


@pytest.fixture
def operator(make_operator: Callable[..., Operator]) -> Operator:
    """A superuser."""
    return make_operator(username="admin", superuser=True)


@pytest.fixture
def anonymous() -> APIClient:
    return _client()


@pytest.fixture
def app_client() -> Callable[[Member], APIClient]:
    """Speak for a member on /api/app: app_client(member).get("/api/app/users/me")."""

    def speak_for(member: Member) -> APIClient:
        return _client(_token(tokens.Audience.MEMBER, member.pk, member.epoch))

    return speak_for


@pytest.fixture
def admin_client_for() -> Callable[[Operator], APIClient]:
    """Speak for an operator on /api/admin."""

    def speak_for(operator: Operator) -> APIClient:
        return _client(_token(tokens.Audience.OPERATOR, operator.pk, operator.token_epoch()))

    return speak_for


@pytest.fixture
def office(operator: Operator) -> Client:
    """The superuser's browser in the back office."""
    return _browser(operator)


@pytest.fixture
def office_of() -> Callable[[Operator], Client]:
    """Any operator's browser in the back office."""
    return _browser


def _browser(operator: Operator) -> Client:
    client = Client()
    client.force_login(operator)
    return client


@pytest.fixture
def deliver_events(db: None) -> Callable[[], int]:
    """Deliver what the outbox holds, including what its handlers publish; return how many messages were tried."""
    return lambda: outbox.deliver_due(clock=timezone.now, limit=1000)


def _token(audience: tokens.Audience, pk: int, epoch: Any) -> str:
    return tokens.issue(audience=audience, subject=tokens.Subject(id=pk, epoch=epoch), now=timezone.now())


def _client(token: str = "") -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.default_format = "json"
    if token:
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client
