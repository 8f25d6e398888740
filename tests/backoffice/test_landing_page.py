"""The page at `/` names everything that there is, and no more."""

import re

import pytest


@pytest.fixture
def links(client, settings):
    def of(*, sandbox_url: str) -> list[str]:
        settings.SANDBOX_URL = sandbox_url
        return re.findall(r'<a href="([^"]+)"', client.get("/").content.decode())

    return of


def test_it_links_to_all_that_a_newcomer_needs(links):
    everything = ["/admin/", "http://127.0.0.1:8001/", "/api/docs", "/api/schema", "/healthz", "/readyz"]
    assert links(sandbox_url="http://127.0.0.1:8001") == everything


def test_production_names_no_sandbox_and_no_account(client, links):
    assert links(sandbox_url="") == ["/admin/", "/api/docs", "/api/schema", "/healthz", "/readyz"]
    assert "账号 admin" not in client.get("/").content.decode()


def test_it_loads_nothing_from_anybody_else(client):
    page = client.get("/").content.decode()
    assert re.findall(r'(?:src|<link[^>]*href)="(?!/static/)([^"]+)"', page) == []
    assert client.get("/")["Content-Security-Policy"].startswith("default-src 'self';")


def test_the_icon_that_browsers_ask_for_is_there(client):
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")
    assert answer.content.startswith(b"<svg")
    assert "max-age=86400" in answer["Cache-Control"]
    assert client.post("/favicon.ico").status_code == 405
