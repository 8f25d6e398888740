"""What people see where no page is: Chinese, a way home, the request's number, and nothing of the inside."""

import re

import pytest
from django.test import Client

from tests.common import probes


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(probes, "failure", [RuntimeError("secret detail")])
    return Client(raise_request_exception=False)


def _says(answer, status: int, title: str, home: str) -> None:
    page = answer.content.decode()
    assert (answer.status_code, answer["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert f"<h1>{title}</h1>" in page
    assert re.findall(r'<a href="([^"]+)"', page) == [home]
    assert f"请求编号 {answer['X-Request-ID']}" in page
    assert 'lang="zh-CN"' in page


def test_a_page_that_is_not_there(client, office):
    _says(client.get("/nothing"), 404, "页面不存在", "/")
    _says(office.get("/admin/orders/order/zzz/change/"), 404, "页面不存在", "/admin/")


def test_a_page_that_an_operator_may_not_open(office_of, make_operator):
    _says(office_of(make_operator()).get("/admin/orders/order/"), 403, "没有权限", "/admin/")


def test_an_address_that_makes_no_sense(office):
    _says(office.get("/admin/orders/order/?_to_field=x"), 400, "无法识别的请求", "/admin/")


def test_a_form_that_was_open_too_long(db):
    _says(Client(enforce_csrf_checks=True).post("/admin/login/", {}), 403, "页面已过期", "/admin/")


@pytest.mark.urls("tests.common.probes")
def test_a_failure_tells_nothing_of_itself(failing):
    answer = failing.get("/page")
    _says(answer, 500, "系统出错了", "/")
    assert "secret detail" not in answer.content.decode()


@pytest.mark.urls("tests.common.probes")
def test_programs_get_the_error_format(failing):
    answer = failing.get("/api/page")
    assert (answer.status_code, answer.json()["code"]) == (500, "common.internal")
