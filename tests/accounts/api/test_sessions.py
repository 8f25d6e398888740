"""POST /api/app/users/token/refresh and /logout."""

import pytest

from accounts.models import MemberSession

pytestmark = pytest.mark.django_db
REFRESH, LOGOUT = "/api/app/users/token/refresh", "/api/app/users/logout"


def refused(answer):
    return answer.status_code, answer.json()["code"]


def test_tokens_rotate(log_in, anonymous):
    first = log_in("小明")
    answer = anonymous.post(REFRESH, {"refresh_token": first["refresh_token"]})
    assert answer.status_code == 200
    assert set(answer.json()) == {"access_token", "refresh_token", "expires_in"}
    assert answer.json()["refresh_token"] != first["refresh_token"]
    again = anonymous.post(REFRESH, {"refresh_token": first["refresh_token"]})
    assert refused(again) == (401, "auth.token_invalid")
    assert again["WWW-Authenticate"] == "Bearer"
    newest = anonymous.post(REFRESH, {"refresh_token": answer.json()["refresh_token"]})
    assert refused(newest) == (401, "auth.token_invalid")


def test_a_logout_ends_the_session(log_in, anonymous):
    token = {"refresh_token": log_in("小明")["refresh_token"]}
    answer = anonymous.post(LOGOUT, token)
    assert (answer.status_code, answer.json()) == (200, {})
    assert refused(anonymous.post(REFRESH, token)) == (401, "auth.token_invalid")


def test_an_access_token_is_no_refresh_token_and_the_reverse(log_in, anonymous):
    tokens = log_in("小明")
    assert refused(anonymous.post(REFRESH, {"refresh_token": tokens["access_token"]})) == (401, "auth.token_invalid")
    anonymous.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens['refresh_token']}")
    assert refused(anonymous.get("/api/app/users/me")) == (401, "auth.token_invalid")
    assert not MemberSession.objects.filter(revoked_at__isnull=False).exists()


@pytest.mark.parametrize("url", [REFRESH, LOGOUT])
@pytest.mark.parametrize(
    "body", [{}, {"refresh_token": None}, {"refresh_token": 1}, {"refresh_token": "a b"}, {"refresh_token": "x" * 513}]
)
def test_a_body_without_a_token_is_invalid(db, anonymous, url, body):
    assert refused(anonymous.post(url, body)) == (400, "common.invalid")


@pytest.mark.parametrize("url", [REFRESH, LOGOUT])
def test_a_stranger_gets_nothing(db, anonymous, url):
    assert refused(anonymous.post(url, {"refresh_token": "any.thing"})) == (401, "auth.token_invalid")
    assert refused(anonymous.get(url)) == (405, "common.method_not_allowed")
