"""Who guesses passwords at the back office's door is stopped, from that address and for that name only."""

import pytest
from django.db import connection

from tests.factories.accounts import PASSWORD


@pytest.fixture
def sign_in(client, operator):
    def send(password: str, *, username: str = operator.username, ip: str = "203.0.113.5") -> bool:
        client.logout()
        client.post("/admin/login/", {"username": username, "password": password}, REMOTE_ADDR=ip)
        return "_auth_user_id" in client.session

    return send


def test_the_right_password_opens(sign_in):
    assert sign_in(PASSWORD)
    assert not sign_in("wrong password")


def test_ten_failures_stop_even_the_right_password_for_a_while(sign_in, client, operator):
    assert [sign_in("wrong password") for _ in range(10)] == [False] * 10
    assert not sign_in(PASSWORD)
    page = client.post("/admin/login/", {"username": "admin", "password": PASSWORD}, REMOTE_ADDR="203.0.113.5")
    assert "频繁" in page.content.decode()
    assert sign_in(PASSWORD, ip="203.0.113.6")


def test_a_success_forgets_the_failures_before_it(sign_in):
    for _ in range(3):
        assert [sign_in("wrong password") for _ in range(9)] == [False] * 9
        assert sign_in(PASSWORD)


SPELLINGS = ["admin ", "  admin", "\uff41dmin"]  # Django's form trims and folds a name before it looks it up


@pytest.mark.parametrize("spelling", SPELLINGS + (["ADMIN", "\u00e1dmin"] if connection.vendor == "mysql" else []))
def test_another_spelling_of_a_name_has_no_tries_of_its_own(sign_in, spelling):
    for _ in range(10):
        sign_in("wrong password")
    assert not sign_in(PASSWORD, username=spelling)


def test_a_refused_login_is_told_once_in_plain_words(client, operator):
    page = client.post("/admin/login/", {"username": operator.username, "password": "wrong password"}).content.decode()
    assert page.count("errornote") == page.count("用户名或密码不对。两者都区分大小写。") == 1
