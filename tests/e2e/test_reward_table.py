"""The table of an issue's prizes while it is typed: what follows a prize, and figures that are those of the server."""

import re

import pytest
from playwright.sync_api import Page, expect

from activities.models import Issue, Reward
from blindbox.system import configs
from blindbox.system.audit import SYSTEM
from tests.e2e.steps import choose, save
from tests.factories.activities import NOW, make_activity, make_draft, make_product
from tests.factories.glue import make_tool, points

SHOWN = ("name", "reference_value_fen", "cost_fen")
POINTS = {"level": "B", "name": "500 积分", "kind": "points", "points": 500, "quantity": 8, "sort": 2}


def _open(page: Page, issue: Issue) -> None:
    page.goto(f"/admin/activities/issue/{issue.pk}/change/")


def _shows(page: Page, row: int, *values: str) -> None:
    for name, value in zip(SHOWN, values, strict=True):
        expect(page.locator(f"[name=rewards-{row}-{name}]")).to_have_value(value)


def test_what_a_prize_gave_goes_with_it_and_what_was_typed_stays(at_work):
    page, whale = at_work, make_product(name="鲸鱼", price_fen=9900, cost_fen=3000)
    make_product(name="海豚", price_fen=4000, cost_fen=1000)
    product = {"level": "A", "name": "鲸鱼", "kind": "product", "product_id": whale.pk, "quantity": 2, "sort": 1}
    worth = {"reference_value_fen": 9900, "cost_fen": 2500}  # the cost was typed by hand
    _open(page, make_draft(make_activity(), [{**product, **worth}, POINTS]))
    page.fill("[name=rewards-1-points]", "5000")
    _shows(page, 1, "5000 积分", "500.00", "500.00")
    page.fill("[name=rewards-1-points]", "")
    _shows(page, 1, "", "", "")
    page.locator("[name=rewards-1-points]").press_sequentially("50")
    _shows(page, 1, "50 积分", "5.00", "5.00")
    choose(page, "rewards-0-product", "海豚")
    _shows(page, 0, "海豚", "40.00", "25.00")
    save(page)
    assert list(Reward.objects.order_by("sort").values_list(*SHOWN)) == [("海豚", 4000, 2500), ("50 积分", 500, 500)]


def test_the_figures_of_the_table_are_those_that_keep_an_issue_shut(at_work):
    page, whale = at_work, make_product(cost_fen=2830)
    config = {"bundle_prices": [{"count": 10, "price_fen": 28_000}]}
    dear = {"level": "A", "name": "手办", "kind": "product", "product_id": whale.pk, "quantity": 10, "cost_fen": 2830}
    last = {"level": "L", "name": "500 积分", "kind": "points", "points": 500, "quantity": 1, "position": "last"}
    _open(page, make_draft(make_activity(price_fen=2990, price_points=None, config=config), [dear, last]))
    said = "期望成本 ¥33.30 高于最低收入 ¥28.00"
    expect(page.locator(".bb-problems")).to_contain_text(said)
    expect(page.locator("#reward-totals")).to_contain_text("期望成本 ¥33.30 · 最低收入 ¥28.00 · 毛利 -¥5.30")


def test_a_table_without_shares_is_typed_without_an_error(at_work):
    page = at_work
    configs.change(key="gameplay.offer_tower", value=True, actor=SYSTEM, now=NOW, reason="试")
    levels = [{**points(f"L{n}", node=n, odds_ppm=ppm), "image_url": ""} for n, ppm in [(0, 1_000_000), (1, 500_000)]]
    _open(page, make_draft(make_tool("tower", config={"session_times_limit": 3}), levels))
    total = page.locator("#reward-totals .bb-sum")
    expect(total).to_contain_text("概率由各层的成功率算出，保存之后显示")
    page.fill("[name=rewards-1-odds_ppm]", "40")
    expect(total).to_contain_text("概率由各层的成功率算出，保存之后显示")


def test_no_prize_is_not_right_yet(at_work):
    page = at_work
    page.goto(f"/admin/activities/issue/add/?activity={make_tool('amount_range').pk}")
    total = page.locator("#reward-totals .bb-sum")
    expect(total).to_have_text("还没有奖品")
    expect(total).to_have_class(re.compile("bb-wrong"))


@pytest.mark.parametrize("typed", ["-3", "2.5"])
def test_an_amount_that_cannot_be_is_wrong_at_once(at_work, typed):
    page = at_work
    _open(page, make_draft(make_activity(), [POINTS, {**POINTS, "level": "C", "sort": 3}]))
    total, shares = page.locator("#reward-totals .bb-sum"), page.locator("tr.form-row:visible td.field-share")
    expect(total).to_have_text("一箱共 16 抽")
    page.fill("[name=rewards-0-quantity]", typed)
    expect(total).to_have_text("数量要填整数，不能是负数")
    expect(total).to_have_class("bb-sum bb-wrong")
    expect(shares.first).to_have_text("—")
    expect(page.locator("#reward-totals .bb-expected")).to_be_empty()
    page.fill("[name=rewards-0-quantity]", "2")
    expect(total).to_have_text("一箱共 10 抽")


def test_a_prize_is_named_whole_where_its_column_is_not_wide_enough(at_work):
    page, name = at_work, "鲸歌 1/7 手办 星夜特别版 附赠替换表情与展示底座"
    make_product(name=name)
    _open(page, make_draft(make_activity(), [POINTS]))
    choose(page, "rewards-0-product", name)
    expect(page.locator("[name=rewards-0-name]")).to_have_attribute("title", name)
    expect(page.locator("td.field-product .select2-selection__rendered").first).to_have_attribute("title", name)
