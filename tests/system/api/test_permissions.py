"""Each route of the plumbing needs its own permission."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from accounts.models import Member, Operator

NOTICES, CONFIGS = "/api/admin/notices", "/api/admin/configs"
ROUTES = [
    ("get", NOTICES, "view_notice"),
    ("post", NOTICES, "add_notice"),
    ("get", f"{NOTICES}/1", "view_notice"),
    ("put", f"{NOTICES}/1", "change_notice"),
    ("patch", f"{NOTICES}/1", "change_notice"),
    ("delete", f"{NOTICES}/1", "delete_notice"),
    ("get", CONFIGS, "view_config"),
    ("get", f"{CONFIGS}/no.such", "view_config"),
    ("put", f"{CONFIGS}/no.such", "change_config"),
]


@pytest.mark.parametrize(("method", "url", "permission"), ROUTES)
def test_only_its_own_permission_opens_a_route(
    admin_client_for: Callable[[Operator], APIClient],
    make_operator: Callable[..., Operator],
    method: str,
    url: str,
    permission: str,
):
    others = {f"system.{name}" for _, _, name in ROUTES} - {f"system.{permission}"}
    refused = getattr(admin_client_for(make_operator(username="others", permissions=sorted(others))), method)(url, {})
    assert (refused.status_code, refused.json()["code"]) == (403, "common.forbidden")
    alone = make_operator(username="alone", permissions=[f"system.{permission}"])
    assert getattr(admin_client_for(alone), method)(url, {}).status_code in (200, 400, 404)


@pytest.mark.parametrize(("method", "url", "permission"), ROUTES)
def test_strangers_and_members_stay_outside(
    anonymous: APIClient,
    app_client: Callable[[Member], APIClient],
    member: Member,
    method: str,
    url: str,
    permission: str,
):
    answers = [getattr(client, method)(url, {}).status_code for client in (anonymous, app_client(member))]
    assert answers == [401, 401]
