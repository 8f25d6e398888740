"""What an operator does again and again in a browser."""

import re

from playwright.sync_api import Page, expect


def save(page: Page) -> None:
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text(re.compile("已新增|已保存|已创建")).first).to_be_visible()


def choose(page: Page, field: str, text: str) -> None:
    page.locator(f"#id_{field} + .select2").click()
    page.locator(".select2-results__option", has_text=text).click()
