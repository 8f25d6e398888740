"""Operators may use the API with the session of the admin site; then each write needs the CSRF token."""

import pytest
from rest_framework.test import APIClient

from accounts.models import Operator
from catalog.models import Category

URL = "/api/admin/product_categories"


@pytest.fixture
def browser(operator: Operator) -> APIClient:
    client = APIClient(enforce_csrf_checks=True)
    client.default_format = "json"
    client.force_login(operator)
    return client


def test_reading_needs_the_session_alone(browser: APIClient):
    assert browser.get(URL).status_code == 200


def test_writing_without_the_csrf_token_is_403_in_the_error_format(browser: APIClient):
    refused = browser.post(URL, {"name": "玩具"})
    assert (refused.status_code, refused.json()["code"]) == (403, "common.forbidden")
    assert refused.json()["request_id"] == refused["X-Request-ID"]
    assert not Category.objects.exists()


def test_writing_with_the_csrf_token_works(browser: APIClient):
    token = browser.get("/admin/password_change/").cookies["csrftoken"].value
    made = browser.post(URL, {"name": "玩具"}, headers={"X-CSRFToken": token})
    assert (made.status_code, Category.objects.get().name) == (201, "玩具")


def test_a_wrong_csrf_token_is_403(browser: APIClient):
    browser.get("/admin/password_change/")
    refused = browser.post(URL, {"name": "玩具"}, headers={"X-CSRFToken": "x" * 32})
    assert (refused.status_code, Category.objects.count()) == (403, 0)
