"""An operator reads what an issue would do before it is opened: bars, money, how long it sells."""

from playwright.sync_api import Page, expect

from tests.factories.activities import box_rewards, make_activity, make_draft, make_product


def test_an_operator_reads_the_simulation_of_a_draft(at_work: Page):
    page = at_work
    issue = make_draft(make_activity(name="深海"), box_rewards(make_product(), total=10))
    page.goto(f"/admin/activities/issue/{issue.pk}/change/")
    page.get_by_role("link", name="模拟", exact=True).click()
    page.fill("[name=draws]", "2000")
    page.fill("[name=daily]", "4")
    page.get_by_role("button", name="模拟").click()
    figures = page.locator(".bb-worth")
    said = {
        "单抽最低收入": "¥60.00",
        "单抽平均成本": "¥20.00",
        "单抽毛利": "¥40.00",
        "最坏时累计": "¥",
        "最贵一抽": "¥110.00",
        "售罄时间": "约 2.5 天",
    }
    for title, value in said.items():
        expect(figures.locator("div", has=page.get_by_text(title, exact=True)).locator("dd")).to_contain_text(value)
    _bars_are_drawn(page)


def _bars_are_drawn(page: Page) -> None:
    """A whole box after a whole box: simulated as configured, each pair of bars equally long."""
    rows = page.locator(".bb-chart tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("10.0000%")
    expect(rows.nth(1)).to_contain_text("90.0000%")
    for place in range(2):
        bars = rows.nth(place).locator("rect")
        expect(bars).to_have_count(2)
        widths = [box["width"] for box in (bars.nth(n).bounding_box() for n in range(2)) if box]
        assert len(widths) == 2 and widths[0] == widths[1] > 10
