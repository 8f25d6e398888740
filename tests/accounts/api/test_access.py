"""Who may call which route of members: themselves, others, nobody, operators."""

import pytest

from accounts.models import Member, PointEntry
from blindbox.system.models import OperationLog

pytestmark = pytest.mark.django_db

OWN_ROUTES = [
    ("get", ""),
    ("put", ""),
    ("patch", ""),
    ("post", "/phone"),
    ("get", "/points"),
    ("get", "/points/balance"),
    ("get", "/invites"),
]
OPERATOR_ROUTES = [
    ("get", "", "accounts.view_member"),
    ("get", "/{id}", "accounts.view_member"),
    ("patch", "/{id}", "accounts.disable_member"),
    ("get", "/{id}/invites", "accounts.view_invite"),
    ("get", "/{id}/points", "accounts.view_pointentry"),
    ("get", "/{id}/points/balance", "accounts.view_pointentry"),
    ("post", "/{id}/points/add", "accounts.grant_points"),
]
EVERY_PERMISSION = {permission for _, _, permission in OPERATOR_ROUTES}
BODY = {"nickname": "改了", "phone_code": "dev:1", "status": "disabled", "reason": "测试"}
GRANT = {"delta": 5, "reason": "测试"}  # where points move nothing else is taken
KEY = {"HTTP_IDEMPOTENCY_KEY": "k1"}


def call(client, method, url):
    body = GRANT if url.endswith("/points/add") else BODY
    return getattr(client, method)(url, body, **KEY) if method != "get" else client.get(url)


def state():
    return list(Member.objects.order_by("pk").values()), PointEntry.objects.count(), OperationLog.objects.count()


def refused(answer):
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("method,tail", OWN_ROUTES)
def test_another_members_route_is_forbidden(app_client, make_member, method, tail):
    owner, stranger = make_member(nickname="主人", points_balance=7), make_member()
    before = state()
    for user_id in (owner.pk, owner.pk + 10**6):
        answer = call(app_client(stranger), method, f"/api/app/users/{user_id}{tail}")
        assert refused(answer) == (403, "common.forbidden")
        assert "主人" not in answer.content.decode()
    assert state() == before


@pytest.mark.parametrize("method,tail", OWN_ROUTES)
def test_nobody_must_log_in(anonymous, operator, admin_client_for, member, method, tail):
    before = state()
    for user_id in (member.pk, "me"):
        url = f"/api/app/users/{user_id}{tail}"
        assert refused(call(anonymous, method, url)) == (401, "auth.not_authenticated")
        assert refused(call(admin_client_for(operator), method, url)) == (401, "auth.token_invalid")
    assert state() == before


@pytest.mark.parametrize("method,tail,permission", OPERATOR_ROUTES)
def test_a_back_office_route_needs_its_own_permission(
    admin_client_for, make_operator, member, method, tail, permission
):
    url = "/api/admin/users" + tail.format(id=member.pk)
    others = make_operator(username="others", permissions=sorted(EVERY_PERMISSION - {permission}))
    before = state()
    assert refused(call(admin_client_for(others), method, url)) == (403, "common.forbidden")
    assert state() == before
    holder = make_operator(username="holder", permissions=[permission])
    assert call(admin_client_for(holder), method, url).status_code in (200, 201)


@pytest.mark.parametrize("method,tail,permission", OPERATOR_ROUTES)
def test_a_back_office_route_is_closed_to_members_and_strangers(
    anonymous, app_client, member, method, tail, permission
):
    url = "/api/admin/users" + tail.format(id=member.pk)
    before = state()
    assert refused(call(anonymous, method, url)) == (401, "auth.not_authenticated")
    assert refused(call(app_client(member), method, url)) == (401, "auth.token_invalid")
    assert state() == before


@pytest.mark.parametrize("method,tail,permission", OPERATOR_ROUTES[1:])
@pytest.mark.parametrize("user_id", [0, 10**9, 2**63, 2**70])
def test_a_member_who_is_not_there_is_not_found(admin_client_for, operator, method, tail, permission, user_id):
    answer = call(admin_client_for(operator), method, "/api/admin/users" + tail.format(id=user_id))
    assert refused(answer) == (404, "common.not_found")
    assert OperationLog.objects.count() == 0


@pytest.mark.parametrize("url", ["/api/app/users/me/", "/api/app/users/me/points/", "/api/admin/users/"])
def test_a_trailing_slash_is_not_found(app_client, member, url):
    assert app_client(member).get(url).status_code == 404
