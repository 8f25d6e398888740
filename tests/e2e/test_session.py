"""
The generic draw tool in a browser: an operator sets up draws by amount with a plan of releases and opens them; a
member's draw over the tool's own route stands in the records.
"""

import re
from datetime import timedelta
from typing import Any

from django.utils import timezone
from playwright.sync_api import Page, expect

from activities.models import Activity, Issue, RewardDrop
from orders.models import Order
from tests.e2e.steps import choose, save
from tests.factories.activities import make_activity, open_box
from tests.factories.draws import hold, pay, settle

HOUR = timedelta(hours=1)


def test_an_operator_sets_up_draws_by_amount_and_a_members_draw_appears(
    at_work, app_client, make_member, deliver_events
):
    page = at_work
    make_activity(name="别的", now=timezone.now())
    serial_no = _add_activity(page)
    _add_session(page)
    _plan(page)
    _open(page)
    member = make_member(nickname="小明")
    answer = _draw(app_client(member), serial_no, member)
    assert answer["result"]["prizes_info"]["name"] == "20 积分"
    deliver_events()
    _find_draw(page)


def _add_activity(page: Page) -> str:
    page.goto("/admin/activities/activity/add/")
    page.fill("[name=name]", "满额抽奖")
    choose(page, "category", "盲盒")
    expect(page.locator("[name=tool_probability]")).to_be_hidden()
    page.select_option("[name=gameplay]", label="按数额范围区间抽奖")
    expect(page.locator("[name=tool_probability]")).to_be_visible()
    expect(page.locator("[name=tool_needs_pass]")).to_be_hidden()
    page.select_option("[name=tool_amount_from]", label="现金订单的实付金额（元）")
    page.fill("[name=tool_session_times_limit]", "3")
    page.fill("[name=tool_daily_from]", "0:00")
    page.fill("[name=tool_daily_to]", "24:00")
    page.fill("[name=starts_at_0]", "2026-01-01")
    page.fill("[name=starts_at_1]", "00:00")
    save(page)
    made = Activity.objects.get(name="满额抽奖")
    assert (made.price_fen, made.price_points) == (None, None)
    assert (made.config["session_times_limit"], made.config["daily"]) == (3, {"from": "00:00", "to": "24:00"})
    number = page.locator("[data-copy]")
    expect(number).to_be_visible()
    return str(number.get_attribute("data-copy"))


def _add_session(page: Page) -> None:
    page.get_by_role("link", name="新增一期").click()
    head = page.locator("#rewards-group thead")
    expect(head).to_contain_text("数额上限（元）")
    expect(head).not_to_contain_text("权重")
    now = timezone.localtime()
    for name, moment in {"starts_at": now - 2 * HOUR, "ends_at": now + 48 * HOUR}.items():
        page.fill(f"[name={name}_0]", f"{moment:%Y-%m-%d}")
        page.fill(f"[name={name}_1]", f"{moment:%H:%M}")
    _fill(page, 0, level="A", points="20", node="100", quantity="7", odds_ppm="100")
    _fill(page, 1, level="B", points="90", quantity="5", odds_ppm="60")
    expect(page.locator("#reward-totals .bb-sum")).to_have_text("100 元以内：中奖 100%；最后一档：中奖 60%")
    _fill(page, 1, odds_ppm="100.01")
    expect(page.locator("#reward-totals .bb-sum")).to_have_class(re.compile("bb-wrong"))
    _fill(page, 1, odds_ppm="60")
    save(page)
    _approve_what_is_given_away(page)
    odds = page.locator("#issue-odds")
    expect(odds).to_contain_text("¥100.00 以内")
    expect(odds).to_contain_text("超过各档上限")


def _approve_what_is_given_away(page: Page) -> None:
    expect(page.get_by_text("需要有权限的人批准亏损预算")).to_be_visible()
    page.get_by_role("link", name="批准亏损预算").click()
    dialog = page.locator("#dialog")
    dialog.locator("[name=budget_fen]").fill("10000")
    dialog.locator("[name=reason]").fill("满额回馈")
    dialog.get_by_role("button", name="批准").click()
    expect(page.get_by_text("已批准亏损预算 ¥10000.00")).to_be_visible()


def _fill(page: Page, row: int, **typed: str) -> None:
    for name, value in typed.items():
        page.fill(f"[name=rewards-{row}-{name}]", value)


def _plan(page: Page) -> None:
    first = timezone.localtime() - HOUR
    page.get_by_role("link", name="均匀投放").click()
    dialog = page.locator("#dialog")
    dialog.locator("[name=reward]").select_option(label="A 20 积分（共 7）")
    dialog.locator("[name=slots]").fill("3")
    dialog.locator("[name=first_slot_at]").fill(f"{first:%Y-%m-%dT%H:%M}")
    dialog.locator("[name=every]").fill("120")
    dialog.get_by_role("button", name="排好计划").click()
    expect(page.get_by_text("已排好 3 次投放，共 7 件")).to_be_visible()
    expect(page.locator("[name=drops-0-quantity]")).to_have_value("3")
    expect(page.locator("[name=drops-2-quantity]")).to_have_value("2")
    page.fill("[name=drops-2-quantity]", "1")
    save(page)
    assert list(RewardDrop.objects.order_by("release_at").values_list("quantity", flat=True)) == [3, 2, 1]


def _open(page: Page) -> None:
    page.get_by_role("link", name="开放本期").click()
    expect(page.locator("#dialog")).to_contain_text("分 3 次投放")
    page.fill("#dialog [name=reason]", "上新")
    page.locator("#dialog").get_by_role("button", name="确认开放").click()
    expect(page.get_by_text("已开放，承诺")).to_be_visible()
    live = page.locator("#issue-live")
    expect(live).to_contain_text("正在进行")
    expect(live.locator("#supplies")).to_contain_text("20 积分")
    expect(live.locator("#release-plan")).to_contain_text("待投放")


def _draw(client: Any, serial_no: str, member: Any) -> Any:
    """Pay 60 yuan for something else, then draw for it."""
    now = timezone.now()
    order_id = hold(member, open_box(total=5, now=now - timedelta(seconds=1)), 1, now=now)
    pay(order_id, now=now)
    settle(order_id, now=now)
    ref = f"order:{Order.objects.get(pk=order_id).order_no}"
    body = {"serial_no": serial_no, "uid": member.pk, "amount_ref": ref, "client_nonce": "phone"}
    answer = client.post("/v1/glue/activity/draw", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (200, "200"), answer.content
    return answer.json()


def _find_draw(page: Page) -> None:
    page.goto("/admin/")
    page.get_by_role("link", name="通用抽奖记录").click()
    row = page.locator("#result_list tbody tr")
    expect(row).to_have_count(1)
    for words in ("小明", "满额抽奖 第 1 期", "20 积分", "实付 ¥60.00", "已发奖"):
        expect(row).to_contain_text(words)
    issue = Issue.objects.get(activity__name="满额抽奖")
    page.goto(f"/admin/activities/issue/{issue.pk}/change/")
    cells = page.locator("#supplies tbody tr", has_text="20 积分").locator("td")
    expect(cells).to_contain_text(["A 20 积分", "2", "1", "4", "7", "× 2"])
