"""The menu's search: by mouse and by keyboard, and Enter where nothing was found."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.django_db


@pytest.fixture
def search(at_work: Page) -> Locator:
    return at_work.locator("#nav-filter")


@pytest.fixture
def errors(at_work: Page) -> list[str]:
    found: list[str] = []
    at_work.on("pageerror", lambda error: found.append(str(error)))
    return found


def test_enter_opens_what_was_found_and_nothing_where_nothing_was(search, errors):
    page = search.page
    with page.expect_response(re.compile("/admin/search/")):
        search.press_sequentially("没有这样的菜单")
    search.press("Enter")
    search.press("ArrowDown")
    search.press("Enter")
    expect(page).to_have_url(re.compile("/admin/$"))
    assert errors == []
    search.fill("")
    search.press_sequentially("公告")
    search.press("Enter")  # at once: it waits for the results
    expect(page).to_have_url(re.compile("/notice/"))
    assert errors == []


def test_what_is_pasted_by_mouse_is_searched(search):
    search.fill("订单")  # an input event and no key
    expect(search.page.locator("#search-results a").first).to_contain_text("订单")


def test_arrows_choose_among_the_results(search, errors):
    search.fill("抽奖")
    links = search.page.locator("#search-results a")
    expect(links.nth(1)).to_be_visible()
    second = str(links.nth(1).get_attribute("href"))
    for _ in range(2):
        search.press("ArrowDown")
    search.press("Enter")
    expect(search.page).to_have_url(re.compile(re.escape(second)))
    assert errors == []
