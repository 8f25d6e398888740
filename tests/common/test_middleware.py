"""Request ids, security headers, and sessions only where there is a page."""

import re

import pytest
from rest_framework.test import APIClient

from blindbox.common.logging import current_request_id

pytestmark = pytest.mark.urls("tests.common.probes")


@pytest.mark.parametrize("given", ["abc", "A.b_c-9", "x" * 64])
def test_the_proxys_id_is_kept(anonymous: APIClient, given: str):
    assert anonymous.post("/api/raw", {}, headers={"X-Request-ID": given})["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\r\nSet-Cookie: x=1", '"}', "编号", "a%0a", "a\n"])
def test_any_other_id_is_replaced(anonymous: APIClient, given: str):
    answer = anonymous.post("/api/raw", {}, headers={"X-Request-ID": given})
    assert re.fullmatch(r"[0-9a-f]{16}", answer["X-Request-ID"])


def test_each_request_has_its_own_id_and_takes_it_along(anonymous: APIClient):
    ids = {anonymous.post("/api/raw", {})["X-Request-ID"] for _ in range(3)}
    assert len(ids) == 3
    assert current_request_id() == ""


@pytest.mark.parametrize("url", ["/page", "/api/raw", "/nothing"])
def test_pages_and_answers_forbid_inline_scripts_and_framing(anonymous: APIClient, url: str):
    answer = anonymous.get(url)
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert (answer["X-Content-Type-Options"], answer["X-Frame-Options"]) == ("nosniff", "DENY")


@pytest.mark.parametrize("url", ["/admin/login/", "/api/docs"])
def test_only_the_two_pages_that_need_it_may_run_inline_scripts(anonymous: APIClient, url: str):
    assert "'unsafe-inline'" in anonymous.get(url)["Content-Security-Policy"]


@pytest.mark.parametrize("url", ["/api/app/x", "/api/payments/x", "/healthz", "/readyz"])
def test_where_tokens_rule_no_session_is_looked_at(anonymous: APIClient, url: str, db: None, django_assert_num_queries):
    anonymous.cookies["sessionid"] = "x" * 32
    with django_assert_num_queries(0):
        assert not anonymous.get(url).cookies
