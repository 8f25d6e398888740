"""POST /api/admin/token."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Operator
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db
URL = "/api/admin/token"


def sign_in(client, password=PASSWORD, username="admin", **headers):
    return client.post(URL, {"username": username, "password": password}, **headers)


def refused(answer):
    return answer.status_code, answer.json()["code"]


@pytest.fixture
def fixed_time():
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def test_a_token_opens_the_back_office(anonymous, operator):
    answer = sign_in(anonymous)
    assert (answer.status_code, set(answer.json())) == (200, {"access_token"})
    anonymous.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access_token']}")
    assert anonymous.get("/api/admin/users").status_code == 200


@pytest.mark.parametrize("username,password", [("admin", "wrong"), ("nobody", PASSWORD), ("ADMIN ", PASSWORD)])
def test_wrong_credentials_are_refused_alike(anonymous, operator, username, password):
    answer = sign_in(anonymous, password, username)
    assert refused(answer) == (401, "auth.credentials_invalid")
    assert answer.json()["message"] == "用户名或密码错误"


def test_a_deactivated_operator_is_refused(anonymous, operator):
    Operator.objects.update(is_active=False)
    assert refused(sign_in(anonymous)) == (401, "auth.credentials_invalid")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"username": "admin"},
        {"username": "admin", "password": 1},
        {"username": ["admin"], "password": "x"},
        {"username": "admin", "password": "x" * 129},
        {"username": "admin\x00", "password": "x"},
    ],
)
def test_a_body_without_both_is_invalid(anonymous, operator, body):
    assert refused(anonymous.post(URL, body)) == (400, "common.invalid")


def test_ten_failures_lock_a_name_at_an_address_for_a_while(anonymous, operator, fixed_time):
    for _ in range(10):
        assert refused(sign_in(anonymous, "wrong")) == (401, "auth.credentials_invalid")
    locked = sign_in(anonymous)
    assert refused(locked) == (429, "common.throttled")
    wait = int(locked["Retry-After"])
    assert 1 <= wait <= 900
    assert refused(sign_in(anonymous, HTTP_X_FORWARDED_FOR="8.8.8.8")) == (429, "common.throttled")
    assert sign_in(anonymous, REMOTE_ADDR="10.0.0.9").status_code == 200
    assert refused(sign_in(anonymous, "x", "other")) == (401, "auth.credentials_invalid")
    fixed_time.shift(timedelta(seconds=wait))
    assert sign_in(anonymous).status_code == 200


def test_a_hundred_failures_from_many_addresses_lock_a_name(anonymous, operator, fixed_time):
    for n in range(100):
        assert refused(sign_in(anonymous, "wrong", REMOTE_ADDR=f"10.0.{n // 9}.1")) == (401, "auth.credentials_invalid")
    assert refused(sign_in(anonymous, REMOTE_ADDR="10.0.200.1")) == (429, "common.throttled")
    assert refused(sign_in(anonymous, "x", "other", REMOTE_ADDR="10.0.200.1")) == (401, "auth.credentials_invalid")
    fixed_time.shift(timedelta(minutes=15))
    assert sign_in(anonymous, REMOTE_ADDR="10.0.200.1").status_code == 200


def test_fifty_failures_with_many_names_lock_an_address_and_no_log_in_of_ones_own_buys_more(
    anonymous, operator, fixed_time
):
    for n in range(50):
        assert refused(sign_in(anonymous, "wrong", f"name{n}")) == (401, "auth.credentials_invalid")
        if n == 48:
            assert sign_in(anonymous).status_code == 200
    assert refused(sign_in(anonymous)) == (429, "common.throttled")
    assert sign_in(anonymous, REMOTE_ADDR="10.0.0.9").status_code == 200


def test_the_limits_hold_while_redis_is_away(anonymous, operator, fixed_time, settings):
    settings.CACHES = {**settings.CACHES, "default": {"BACKEND": "tests.common.test_throttle.Away"}}
    for _ in range(10):
        assert refused(sign_in(anonymous, "wrong")) == (401, "auth.credentials_invalid")
    assert refused(sign_in(anonymous)) == (429, "common.throttled")


def test_who_may_not_log_in_to_the_back_office_gets_no_token(anonymous, make_operator):
    make_operator(username="admin", superuser=True, is_staff=False)
    assert refused(sign_in(anonymous)) == (401, "auth.credentials_invalid")


def test_a_token_lives_a_quarter_of_an_hour_and_ends_with_the_right_to_log_in(anonymous, operator, fixed_time):
    anonymous.credentials(HTTP_AUTHORIZATION=f"Bearer {sign_in(anonymous).json()['access_token']}")
    fixed_time.shift(timedelta(seconds=899))
    assert anonymous.get("/api/admin/users").status_code == 200
    Operator.objects.update(is_staff=False)
    assert refused(anonymous.get("/api/admin/users")) == (401, "auth.token_invalid")
    Operator.objects.update(is_staff=True)
    fixed_time.shift(timedelta(seconds=1))
    assert refused(anonymous.get("/api/admin/users")) == (401, "auth.token_expired")


def test_a_success_forgives_the_failures_before(anonymous, operator, fixed_time):
    for _ in range(2):
        for _ in range(9):
            sign_in(anonymous, "wrong")
        assert sign_in(anonymous).status_code == 200
