"""Draws of the generic tool in the back office: their states, and handing out again what failed."""

import pytest

from accounts.models import PointAccount
from activities.enums import Outcome
from activities.errors import DeliveryFailed
from activities.models import SessionDraw
from activities.services import granting
from activities.services.glue import delivering
from blindbox.backoffice import roles
from blindbox.system.models import OperationLog
from tests.factories.activities import NOW
from tests.factories.glue import HOUR, LATER, deliver, draw, make_tool, open_session, paid_order, points
from tests.factories.pages import press, said

DRAW = "activities.sessiondraw"
LIST = "/admin/activities/sessiondraw/"


def broken(**_):
    raise ValueError("no such account")


@pytest.fixture
def failed(member, monkeypatch):
    """A win that could not be handed out, however often it was tried."""
    activity = make_tool(name="限时")
    open_session(activity)
    draw(member, activity)
    record = SessionDraw.objects.get()
    with monkeypatch.context() as patched:
        patched.setattr(granting, "grant_all", broken)
        for _ in range(delivering.MOST_FAILURES - 1):
            with pytest.raises(DeliveryFailed):
                delivering.attempt(batch_id=record.batch_id, now=NOW)
        delivering.attempt(batch_id=record.batch_id, now=NOW)
    return record


def balance(member):
    return PointAccount.objects.get(member=member, kind="general").balance


def test_the_list_is_filtered_by_state(office, member):
    sure, never = make_tool(name="必中"), make_tool(name="不中")
    open_session(sure)
    open_session(never, LATER, drops=[("A", NOW + HOUR, 1)])
    for activity in (sure, never):
        draw(member, activity)
    deliver()
    names = {}
    for outcome in Outcome:
        page = office.get(f"{LIST}?outcome__exact={outcome:d}")
        names[outcome.label] = [each.activity.name for each in page.context["cl"].result_list]
    assert names == {"未中奖": ["不中"], "待发奖": [], "发奖失败": [], "已发奖": ["必中"]}
    text = office.get(LIST).content.decode()
    assert [word in text for word in ("未中奖", "已发奖", "5 积分", "必中 第 1 期")] == [True] * 4


def test_the_home_page_counts_what_was_given_up_and_the_page_says_why(office, failed):
    [todo] = [each for each in office.get("/admin/").context["todos"] if each.title == "通用抽奖发奖失败"]
    assert todo.value.count == 1
    assert [each.pk for each in office.get(todo.value.url).context["cl"].result_list] == [failed.pk]
    text = office.get(f"{LIST}{failed.pk}/change/").content.decode()
    assert [word in text for word in ("发奖失败", "ValueError: no such account", "重新发奖")] == [True] * 3


def test_the_button_delivers_once_and_is_logged(office, failed, member):
    before = balance(member)
    assert said(press(office, DRAW, "deliver_again", failed.pk, reason="账户已修好")) == ["已发奖"]
    failed.refresh_from_db()
    log = OperationLog.objects.get(action="重新发奖")
    assert (failed.outcome, balance(member), log.reason) == (Outcome.DELIVERED, before + 5, "账户已修好")
    assert press(office, DRAW, "deliver_again", failed.pk, reason="再来").status_code == 403
    assert balance(member) == before + 5


def test_what_fails_again_stays_in_the_modal_with_its_cause(office, failed, monkeypatch):
    monkeypatch.setattr(granting, "grant_all", broken)
    answer = press(office, DRAW, "deliver_again", failed.pk, reason="试试")
    failed.refresh_from_db()
    assert "发奖失败：ValueError: no such account" in answer.content.decode()
    assert (failed.outcome, failed.failures) == (Outcome.FAILED, delivering.MOST_FAILURES + 1)
    assert not OperationLog.objects.filter(action="重新发奖").exists()


def test_it_takes_the_permission(office_of, make_operator, failed):
    looking = office_of(make_operator(permissions=["activities.view_sessiondraw"]))
    assert press(looking, DRAW, "deliver_again", failed.pk, reason="x").status_code == 403
    failed.refresh_from_db()
    assert failed.outcome == Outcome.FAILED


@pytest.mark.parametrize(("role", "may"), [("运营", True), ("客服", True), ("财务", False), ("只读", False)])
def test_who_has_it_to_begin_with(role, may):
    assert ("activities.deliver_prizes" in roles.ROLES[role][1]) is may


def test_the_page_of_an_order_lists_what_was_drawn_for_it(office, member):
    order = paid_order(member)
    activity = make_tool("amount_range", name="满额抽奖")
    open_session(activity, [points("A", 7, odds_ppm=1_000_000)])
    draw(member, activity, amount_ref=f"order:{order.order_no}")

    def panel():
        page = office.get(f"/admin/orders/order/{order.pk}/change/")
        return {title: shown.rows for title, shown in page.context["panels"]}["用这张订单参加的抽奖"]

    [(_, activity_name, prize, state)] = panel()
    assert ["满额抽奖" in activity_name, "7 积分" in prize, "待发奖" in state] == [True] * 3
    deliver()
    assert "已发奖" in panel()[0][3]
    other = paid_order(member, fen=7_000)
    assert (
        "没有用这张订单的金额或积分参加过通用抽奖"
        in office.get(f"/admin/orders/order/{other.pk}/change/").content.decode()
    )
