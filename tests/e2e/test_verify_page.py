"""The verification page in a browser: WebCrypto, module loading and the strict policy are what node cannot show."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from activities.models import DrawLog
from tests.factories import proofs
from tests.factories.activities import NOW, open_box
from tests.factories.altered_proofs import LIES, altered, becomes
from tests.factories.card_proofs import BY_CARDS, BY_PAIRS
from tests.factories.draws import buy, open_box_of_all_positions
from tests.factories.odds import open_issue_of
from tests.factories.proofs import Proof


@pytest.fixture
def verify(page: Page, live_server: Any, make_member: Any) -> Any:
    """Open the page of a draw for another proof than its own, or for an answer without one."""
    buy(make_member(points_balance=600), open_box(), 1, now=NOW + timedelta(minutes=1))
    draw_id = DrawLog.objects.get().pk

    def open_with(proof: Proof | None, *, status: int = 200) -> Page:
        body = json.dumps(proof)
        page.route(f"**/api/app/draw_logs/{draw_id}/proof", lambda route: route.fulfill(status=status, body=body))
        page.goto(f"{live_server.url}/verify/{draw_id}")
        expect(page.locator("main")).not_to_have_attribute("aria-busy", "true")
        return page

    return open_with


def test_a_real_draw_verifies_from_its_own_route(page, live_server, make_member):
    member, box = make_member(points_balance=600), open_box_of_all_positions()
    buy(member, box, 1, now=NOW + timedelta(minutes=1))
    page.goto(f"{live_server.url}/verify/{DrawLog.objects.order_by('pk').values_list('pk', flat=True)[0]}")
    expect(page.locator("#verdict h1")).to_have_text("验证通过")
    assert _marks(page) == "✓✓✓……"
    expect(page.locator("#draw")).to_contain_text(f"{box.activity.name} 第 1 期")
    expect(page.get_by_role("link", name="下载证明文件")).to_be_visible()


@pytest.mark.parametrize("issue", [BY_PAIRS, BY_CARDS])
def test_the_cards_that_were_dealt_are_shown_before_the_secret_is(verify, issue):
    proof = issue.draw(0, revealed=False)
    page = verify(proof)
    names = {card["type"]: card["name"] for card in json.loads(proof["issue"]["terms"])["config"]["cards"]}
    dealt = " ".join(names[card] for event in proof["play"]["events"] for card in event.get("deal", []))
    expect(page.locator("#draw")).to_contain_text(dealt)
    assert all(word in page.locator("#steps").inner_html() for word in ("记录的经过", "发牌：", "公布时间（UTC）"))


def test_the_whole_issue_is_checked_when_somebody_asks(page, live_server, make_member):
    """More draws than a page of the proof holds, so that the cursor is followed."""
    member, issue = make_member(points_balance=1_000_000), open_issue_of(ODDS, config=GUARANTEE)
    for _ in range(3):
        buy(member, issue, 10, now=NOW + timedelta(minutes=1))
    page.route("**/issues/*/proof*", lambda route: route.continue_(url=_short_pages(route.request.url)))
    page.goto(f"{live_server.url}/verify/{DrawLog.objects.order_by('pk').values_list('pk', flat=True)[0]}")
    page.get_by_role("button", name="核对整期").click()
    expect(page.locator("#issue li")).to_have_count(3)
    assert "".join(page.locator("#issue .mark").all_inner_texts()) == "✓✓✓"
    expect(page.locator("#issue")).to_contain_text("整期 30 条结果，这一抽在其中。")


ODDS = [("A", 10_000), ("C", 990_000)]
GUARANTEE = {"guarantee": {"levels": ["A"], "within": 7}}


def _short_pages(url: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}limit=8"


def _marks(page: Page) -> str:
    return "".join(page.locator("#steps .mark").all_inner_texts())


@pytest.mark.parametrize(
    ("proof", "title", "marks"),
    [
        (proofs.deck_draw(10), "验证通过", "✓✓✓……"),
        (proofs.deck_draw(14, revealed=True), "验证通过", "✓✓✓✓✓"),
        (proofs.deck_draw(20, reward_id=304), "验证通过", "✓✓✓✓……"),
        (proofs.deck_draw(17, reward_id=305), "尚不能完全验证", "✓✓✓………"),
        (proofs.deck_draw(17, reward_id=305, revealed=True), "验证通过", "✓✓✓✓✓✓"),
        (proofs.weighted_draw(), "尚不能完全验证", "✓✓✓✓……"),
        (proofs.weighted_draw(revealed=True), "验证通过", "✓✓✓✓✓✓"),
    ],
)
def test_it_says_what_it_found_step_by_step(verify, proof, title, marks):
    page = verify(proof)
    expect(page.locator("#verdict h1")).to_have_text(title)
    assert _marks(page) == marks


def test_it_names_the_prize_and_shows_the_numbers_behind_a_step(verify):
    page = verify(proofs.deck_draw(10))
    assert "奖品301" in page.locator("#draw").inner_text()
    third = page.locator("#steps li").nth(2)
    third.locator("summary").click()
    assert proofs.TREE.root in third.inner_text()


def test_it_marks_the_step_that_fails(verify):
    page = verify(altered(proofs.deck_draw(14, revealed=True), "draw.reward_id", becomes(301)))
    expect(page.locator("#verdict h1")).to_have_text("验证不通过")
    assert _marks(page) == "✓✓✗✓✗"


def test_it_catches_in_the_browser_what_it_catches_in_node(verify):
    page = verify(proofs.deck_draw(10))
    check_all = "async (all) => { const { checkDraw } = await import('/static/verify/checks.js');"
    check_all += "return (await Promise.all(all.map(checkDraw))).map(({ verdict }) => verdict); }"
    assert set(page.evaluate(check_all, [altered(*lie) for lie in LIES])) == {"bad"}


@pytest.mark.parametrize(
    ("proof", "when"),
    [
        (proofs.deck_draw(17, reward_id=305), "密钥在本期售完或结束之后公布"),
        (
            proofs.weighted_draw(),
            f"{date.fromisoformat(proofs.weighted_draw()['day']) + timedelta(days=1)} 01:00 公布密钥",
        ),
    ],
)
def test_what_is_not_revealed_says_when_it_will_be(verify, proof, when):
    expect(verify(proof).locator("#verdict")).to_contain_text(when)


def test_a_refunded_draw_says_so_and_still_verifies(verify):
    page = verify(altered(proofs.deck_draw(10), "draw.refunded", becomes(True)))
    expect(page.locator("#verdict h1")).to_have_text("验证通过")
    expect(page.locator("#verdict p")).to_contain_text("这一抽已经退款，奖品已收回")
    expect(page.locator("#draw")).to_contain_text("已退款")


def test_a_proof_that_is_gone_is_said_plainly(verify):
    page = verify(None, status=404)
    expect(page.locator("#verdict")).to_contain_text("没有这条抽奖记录")
    expect(page.get_by_role("link", name="下载证明文件")).to_be_hidden()


def test_a_server_that_fails_is_no_verdict(verify):
    page = verify(None, status=503)
    expect(page.locator("#verdict")).to_contain_text("请稍后重试")
    assert page.locator("#steps li").count() == 0


def test_names_from_the_terms_are_text_and_never_markup(verify):
    page = verify(proofs.deck_draw(10, name="<img src=x onerror=alert(1)>"))
    assert "<img src=x onerror=alert(1)>" in page.locator("#draw").inner_text()
    assert page.locator("main img").count() == 0


def test_nothing_on_it_breaks_the_policy(page, verify):
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    verify(proofs.deck_draw(14, revealed=True))
    assert refused == []


def test_it_fits_a_phone(verify):
    page = verify(proofs.weighted_draw(revealed=True))
    for summary in page.locator("summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
