"""对对碰 in a browser: an operator lays out the cards, sees the odds, opens it; a member's session is played out."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from activities.models import Activity, DrawLog, Issue
from tests.e2e.steps import save
from tests.factories.activities import make_activity, make_product

NAMES = ["鲸", "鲨", "龟", "蟹", "虾"]


def test_an_operator_sets_a_match_up_and_a_members_session_appears(at_work: Page, app_client, make_member):
    page = at_work
    make_activity(name="别的")
    make_product(name="鲸鱼手办", stock=30)
    _add_activity(page)
    _add_tiers(page)
    _open(page)
    member = make_member(nickname="小明", points_balance=1000)
    answer = _play(app_client(member), Issue.objects.get())
    _find_session(page, answer)


def _add_activity(page: Page) -> None:
    page.goto("/admin/activities/activity/add/")
    page.fill("[name=name]", "深海对对碰")
    page.locator("#id_category + .select2").click()
    page.locator(".select2-results__option", has_text="盲盒").click()
    cards = page.locator("[data-cards]")
    expect(cards).to_be_hidden()
    page.select_option("[name=gameplay]", label="对对碰")
    expect(cards).to_be_visible()
    expect(page.locator("[name=match_lucky_gain]")).to_be_hidden()
    for place, name in enumerate(NAMES):
        if place == 4:
            cards.get_by_role("button", name="加一种牌").click()
        cards.locator("[name=match_cards-name]").nth(place).fill(name)
        cards.locator("[name=match_cards-count]").nth(place).fill("4")
    expect(cards.get_by_role("status")).to_have_text("5 种，共 20 张")
    cards.get_by_role("button", name="移除").nth(4).click()
    expect(cards.get_by_role("status")).to_have_text("4 种，共 16 张")
    page.fill("[name=match_hand]", "4")
    page.fill("[name=price_fen]", "29.00")
    page.fill("[name=price_points]", "290")
    page.fill("[name=starts_at_0]", "2026-01-01")
    page.fill("[name=starts_at_1]", "00:00")
    page.fill("[name=ends_at_0]", "2099-12-31")  # a limited prize binds the issue to a published end
    page.fill("[name=ends_at_1]", "00:00")
    save(page)
    config = Activity.objects.get(name="深海对对碰").config
    assert [(card["type"], card["name"], card["count"]) for card in config["cards"]] == [
        (1, "鲸", 4), (2, "鲨", 4), (3, "龟", 4), (4, "蟹", 4),
    ]  # fmt: skip
    assert (config["variant"], config["hand"], config["gain"]) == ("score", 4, 1)


def _add_tiers(page: Page) -> None:
    page.get_by_role("link", name="新增一期").click()
    expect(page.locator("#rewards-group thead")).to_contain_text("最少对数")
    page.fill("[name=rewards-0-level]", "A")
    page.locator("#id_rewards-0-product + .select2").click()
    page.locator(".select2-results__option", has_text="鲸鱼手办").click()
    expect(page.locator("[name=rewards-0-cost_fen]")).to_have_value("30.00")
    page.fill("[name=rewards-0-node]", "3")
    page.fill("[name=rewards-0-quantity]", "20")
    page.fill("[name=rewards-1-level]", "B")
    page.fill("[name=rewards-1-points]", "50")
    page.fill("[name=rewards-1-node]", "0")
    expect(page.locator("#reward-totals")).to_contain_text("概率由牌组算出")
    save(page)
    odds = page.locator("#issue-odds")
    expect(odds).to_contain_text("11.688%")
    expect(odds).to_contain_text("88.312%")


def _open(page: Page) -> None:
    page.get_by_role("link", name="开放本期").click()
    expect(page.locator("#published-odds")).to_contain_text("11.688%")
    page.fill("#dialog [name=reason]", "上新")
    page.locator("#dialog").get_by_role("button", name="确认开放").click()
    expect(page.get_by_text("已开放，承诺")).to_be_visible()
    expect(page.locator("#issue-live")).to_contain_text("20 / 20")


def _play(client: Any, issue: Issue) -> Any:
    answer = client.post(
        f"/api/app/activities/{issue.activity_id}/issues/{issue.pk}/draws",
        {"count": 1, "pay_with": "points", "client_nonce": "nonce-of-the-phone"},
        format="json",
        headers={"Idempotency-Key": "first-session"},
    )
    assert answer.status_code == 201, answer.content
    return answer.json()


def _find_session(page: Page, answer: Any) -> None:
    [draw], log = answer["draws"], DrawLog.objects.get()
    assert draw["play"] == log.detail
    page.goto(f"/admin/activities/drawlog/{log.pk}/change/")
    steps = page.locator(".bb-course li")
    expect(steps).to_have_count(len(log.detail["events"]) + 1)
    expect(steps.first).to_have_text(re.compile("^发牌：[鲸鲨龟蟹、]+$"))
    expect(steps.last).to_have_text(f"共 {log.detail['pairs']} 对")
