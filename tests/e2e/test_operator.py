"""An operator's day in a browser: from an empty shop to a member's draw on the order page."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from accounts.models import Member
from activities.models import Activity, Issue
from blindbox.system.models import OperationLog
from tests.e2e.steps import choose, save
from tests.factories.activities import make_activity, make_product

CATEGORY, ACTIVITY = "盲盒", "海洋系列"


def test_an_operator_sets_an_activity_up_and_sees_a_members_draw_on_the_order_page(at_work, app_client, make_member):
    make_product(name="鲸鱼手办", stock=30)
    _add_category(at_work)
    _add_activity(at_work)
    _add_issue(at_work)
    _open_issue(at_work)

    member = make_member(nickname="小明", points_balance=1000)
    order_no = _draw(app_client(member), Issue.objects.get())
    _find_draw(at_work, member, order_no)
    done = OperationLog.objects.filter(operator_id__isnull=False).order_by("pk")
    assert list(done.values_list("action", flat=True)) == [
        "保存活动分类", "创建活动", "创建期次", "创建奖品", "创建奖品", "开放期次",
    ]  # fmt: skip


def _add_category(page: Page) -> None:
    page.goto("/admin/activities/activitycategory/add/")
    page.fill("[name=name]", CATEGORY)
    save(page)


def _add_activity(page: Page) -> None:
    page.goto("/admin/activities/activity/")
    page.get_by_role("link", name="新增活动").last.click()
    page.fill("[name=name]", ACTIVITY)
    choose(page, "category", CATEGORY)
    page.select_option("[name=gameplay]", label="一番赏")
    page.fill("[name=price_fen]", "60.00")
    page.fill("[name=price_points]", "600")
    page.fill("[name=starts_at_0]", "2026-01-01")
    page.fill("[name=starts_at_1]", "00:00")
    save(page)
    assert Activity.objects.get().price_fen == 6000
    expect(page.get_by_text("还没有期次")).to_be_visible()


def _add_issue(page: Page) -> None:
    page.get_by_role("link", name="新增一期").click()
    page.fill("[name=rewards-0-level]", "A")
    choose(page, "rewards-0-product", "鲸鱼手办")
    expect(page.locator("[name=rewards-0-cost_fen]")).to_have_value("30.00")
    page.fill("[name=rewards-0-quantity]", "2")
    page.fill("[name=rewards-1-level]", "B")
    page.fill("[name=rewards-1-points]", "50")
    page.fill("[name=rewards-1-quantity]", "8")
    expect(page.locator("#reward-totals")).to_contain_text("一箱共 10 抽")
    expect(page.locator("#reward-totals")).to_contain_text("期望成本 ¥10.00")
    expect(page.locator("td.field-share").first).to_have_text("20.000%")
    save(page)


def _open_issue(page: Page) -> None:
    page.get_by_role("link", name="开放本期").click()
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text("共 10 抽")
    expect(dialog).to_contain_text("鲸鱼手办")
    dialog.locator("[name=reason]").fill("上新")
    dialog.get_by_role("button", name="确认开放").click()
    expect(page.get_by_text("已开放，承诺")).to_be_visible()
    expect(page.locator("#issue-live")).to_contain_text("剩余 10")


def _draw(client: Any, issue: Issue) -> str:
    answer = client.post(
        f"/api/app/activities/{issue.activity_id}/issues/{issue.pk}/draws",
        {"count": 1, "pay_with": "points", "client_nonce": "nonce-of-the-phone"},
        format="json",
        headers={"Idempotency-Key": "first-draw"},
    )
    assert answer.status_code == 201, answer.content
    return str(answer.json()["order"]["order_no"])


def _find_draw(page: Page, member: Member, order_no: str) -> None:
    page.locator("#nav-sidebar-apps a", has_text="订单").click()
    page.get_by_role("link", name=order_no).click()
    expect(page.locator(".bb-timeline")).to_contain_text("支付成功（积分）")
    panel = page.get_by_role("tabpanel", name="抽奖结果")
    expect(panel).to_contain_text(f"{ACTIVITY} 第 1 期")
    expect(panel.get_by_role("link", name="验证")).to_have_attribute("href", re.compile(r"^/verify/\d+$"))
    expect(page.get_by_role("link", name=str(member))).to_be_visible()


def test_odds_that_do_not_add_up_are_red_while_typing_and_keep_the_issue_shut(at_work):
    page = at_work
    activity = make_activity(gameplay="infinite")
    page.goto(f"/admin/activities/issue/add/?activity={activity.pk}")
    page.fill("[name=rewards-0-level]", "A")
    page.fill("[name=rewards-0-points]", "50")
    page.fill("[name=rewards-0-odds_ppm]", "99.9")
    total = page.locator("#reward-totals .bb-sum")
    expect(total).to_have_text("概率合计 99.9%（应为 100%）")
    expect(total).to_have_class(re.compile("bb-wrong"))
    save(page)
    page.get_by_role("link", name="开放本期").click()
    expect(page.locator("#dialog")).to_contain_text("概率合计 99.9000%，应为 100%")
    expect(page.get_by_role("button", name="确认开放")).to_be_disabled()
    page.keyboard.press("Escape")
    page.fill("[name=rewards-0-odds_ppm]", "100")
    expect(total).to_have_class(re.compile("bb-right"))


def test_points_are_granted_once_by_a_modal_that_asks_why(at_work, make_member):
    page, member = at_work, make_member(points_balance=100)
    page.goto(f"/admin/accounts/member/{member.pk}/change/")
    page.get_by_role("link", name="发放积分").click()
    page.fill("#dialog [name=delta]", "50")
    page.get_by_role("button", name="发放", exact=True).click()
    expect(page.locator("#dialog")).to_contain_text("该字段是必填项")
    page.fill("#dialog [name=reason]", "补偿")
    page.get_by_role("button", name="发放", exact=True).click()
    expect(page.get_by_text("已入账 +50 积分，余额 150")).to_be_visible()
    assert OperationLog.objects.get(operator_id__isnull=False).reason == "补偿"
