"""/api/admin/configs and the public part of it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Operator
from blindbox.system import configs
from blindbox.system.models import Config, OperationLog

ADMIN, APP = "/api/admin/configs", "/api/app/configs"

pytestmark = pytest.mark.django_db


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> Iterator[configs.Setting]:
    """The only two settings there are: a public number and a private word."""
    monkeypatch.setattr(configs, "_settings", {})
    configs.define(configs.Setting("test.mode", "方式", "fast", configs.one_of("fast", "slow")))
    yield configs.define(
        configs.Setting("test.limit", "上限", 5, configs.integer(least=1, most=9), public=True, help="每天")
    )


@pytest.fixture
def editor(admin_client_for: Callable[[Operator], APIClient], operator: Operator) -> APIClient:
    return admin_client_for(operator)


def test_operators_see_all_members_only_the_public_ones(editor: APIClient, anonymous: APIClient, limit: Any):
    shown = {"key": "test.limit", "label": "上限", "value": 5, "help": "每天", "public": True, "default": 5}
    listed = editor.get(ADMIN).json()
    assert [each["key"] for each in listed["list"]] == ["test.limit", "test.mode"]
    assert listed["list"][0] == shown == editor.get(f"{ADMIN}/test.limit").json()
    assert anonymous.get(APP).json()["list"] == [{"key": "test.limit", "label": "上限", "value": 5}]


def test_a_changed_value_counts_at_once_and_is_logged(editor: APIClient, anonymous: APIClient, limit: Any):
    anonymous.get(APP)  # caches the old value
    changed = editor.put(f"{ADMIN}/test.limit", {"value": 9, "reason": "双十一"})
    assert (changed.status_code, changed.json()["value"]) == (200, 9)
    assert anonymous.get(APP).json()["list"][0]["value"] == 9
    log = OperationLog.objects.get()
    assert (log.object_id, log.before, log.after, log.reason) == ("test.limit", {"value": 5}, {"value": 9}, "双十一")


@pytest.mark.parametrize("value", [0, 10, 5.0, "5", True, None, [], {}])
def test_a_value_of_the_wrong_type_is_400(editor: APIClient, limit: configs.Setting, value: Any):
    refused = editor.put(f"{ADMIN}/test.limit", {"value": value})
    assert (refused.status_code, refused.json()["details"][0]["field"]) == (400, "value")
    assert (configs.value_of(limit), Config.objects.count(), OperationLog.objects.count()) == (5, 0, 0)


def test_an_unknown_setting_is_404(editor: APIClient, limit: Any):
    assert editor.get(f"{ADMIN}/no.such").status_code == 404
    assert editor.put(f"{ADMIN}/no.such", {"value": 1}).status_code == 404


@pytest.mark.parametrize("body", [{}, {"value": 5, "reason": "x" * 201}, {"value": 5, "reason": "两\n行"}])
def test_a_body_without_value_or_with_a_bad_reason_is_400(editor: APIClient, limit: Any, body: dict[str, Any]):
    assert editor.put(f"{ADMIN}/test.limit", body).status_code == 400
    assert not Config.objects.exists()
