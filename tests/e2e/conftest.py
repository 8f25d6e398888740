"""A real browser: Debian's chromium, driven by Playwright."""

import os
import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.factories.accounts import PASSWORD

os.environ.setdefault(
    "DJANGO_ALLOW_ASYNC_UNSAFE", "1"
)  # Playwright keeps a loop on the thread that also flushes tables

# no sandbox in a container, and nothing that calls home
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/e2e" in item.path.as_posix():
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A phone-sized page in a fresh session; whatever it logs as an error fails the test."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    opened, errors = context.new_page(), list[str]()
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    context.close()
    assert errors == []


@pytest.fixture
def desk(browser: Browser, live_server: Any) -> Iterator[Page]:
    """An operator's screen. An error, a warning, or a request to anybody else's server fails the test."""
    context = browser.new_context(
        viewport={"width": 1360, "height": 900}, locale="zh-CN", timezone_id="Asia/Shanghai", base_url=live_server.url
    )
    opened, wrong = context.new_page(), list[str]()
    _watch(context, opened, own=live_server.url, wrong=wrong)
    yield opened
    context.close()
    assert wrong == []


def _watch(context: BrowserContext, page: Page, *, own: str, wrong: list[str]) -> None:
    def said(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            wrong.append(message.text)

    def asked(request: Request) -> None:
        if not request.url.startswith((own, "data:", "blob:")):
            wrong.append(request.url)

    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", said)
    context.on("request", asked)


@pytest.fixture
def at_work(desk: Page, operator: Any) -> Page:
    """Log in by the form."""
    desk.goto("/admin/")
    desk.fill("[name=username]", operator.username)
    desk.fill("[name=password]", PASSWORD)
    desk.get_by_role("button", name="登录").click()
    expect(desk).to_have_url(re.compile("/admin/$"))
    return desk
