"""POST …/draws and …/draws/preview over HTTP: what is answered, repeated, refused."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import PointAccount
from activities.errors import IssueNotOpen
from activities.models import DrawLog, IssueCounter
from activities.services import configuring
from blindbox.system.audit import SYSTEM
from orders.models import Order
from tests.factories.activities import open_box
from tests.factories.draws import buy as bought
from tests.factories.draws import open_box_of_all_positions

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def box(db, now):
    return open_box(total=20, now=now, config={"bundle_prices": [{"count": 10, "price_fen": 55_000}]})


@pytest.fixture
def buy(app, box):
    def ask(key="k1", issue=box, **values):
        url = f"/api/app/activities/{issue.activity_id}/issues/{issue.pk}/draws"
        body = {"count": 1, "pay_with": "points", "client_nonce": "n", **values}
        return app.post(url, body, HTTP_IDEMPOTENCY_KEY=key)

    return ask


@pytest.fixture
def preview(app, box):
    def ask(**values):
        url = f"/api/app/activities/{box.activity_id}/issues/{box.pk}/draws/preview"
        return app.post(url, {"count": 1, "pay_with": "points", **values})

    return ask


def refused(answer):
    body = answer.json()
    assert set(body) == {"code", "message", "details", "request_id"}
    assert answer.headers["X-Request-ID"] == body["request_id"]
    return answer.status_code, body["code"]


def test_ten_draws_answer_order_and_draws(buy, member):
    answer = buy(count=10)
    body = answer.json()
    assert (answer.status_code, body["payment"]) == (201, None)
    order = body["order"]
    assert (order["status"], order["source"], order["points_used"], order["payable_fen"]) == (
        "completed",
        "draw",
        6000,
        0,
    )
    assert [draw["ticket_no"] for draw in body["draws"]] == list(range(1, 11))
    assert set(body["draws"][0]) == {
        "id",
        "reward",
        "ticket_no",
        "prize_index",
        "is_bonus",
        "refunded",
        "inventory_id",
        "play",
    }
    assert set(body["draws"][0]["reward"]) == {"id", "level", "name", "kind", "kind_label", "image_url"}
    assert sorted(draw["id"] for draw in body["draws"]) == list(DrawLog.objects.values_list("pk", flat=True))
    assert all(draw["inventory_id"] for draw in body["draws"])
    assert order["draws"] == body["draws"]


def test_extras_and_points_are_marked(buy, app, member, now):
    issue = open_box_of_all_positions()
    buy(issue=issue, count=10)
    body = buy(key="k2", issue=issue).json()
    extra = [draw for draw in body["draws"] if draw["is_bonus"]]
    assert [draw["reward"]["level"] for draw in extra if draw["reward"]["level"] == "LAST"] == ["LAST"]
    assert {draw["inventory_id"] for draw in body["draws"]} == {None}


def test_a_repeat_answers_the_same(buy):
    first, again = buy(count=2), buy(count=2)
    assert (again.status_code, again.json()) == (201, first.json())
    assert (first.headers.get("Idempotent-Replay"), again.headers["Idempotent-Replay"]) == (None, "true")
    assert (Order.objects.count(), DrawLog.objects.count()) == (1, 2)
    assert refused(buy(count=3)) == (422, "common.idempotency_mismatch")
    assert refused(buy(count=2, client_nonce="m")) == (422, "common.idempotency_mismatch")


def test_a_repeat_answers_the_same_when_the_sale_is_over(buy, box, monkeypatch, preview):
    token = preview().json()["quote_token"]
    first = buy(quote_token=token)
    monkeypatch.setattr("activities.services.quotes.LIFE_SECONDS", -1)
    assert buy(quote_token=token).json() == first.json()
    assert refused(buy(key="k2", quote_token=token)) == (409, "draw.quote_stale")
    monkeypatch.setattr("activities.services.wishes.previewed", _over)
    assert buy(quote_token=token).json() == first.json()
    assert refused(buy(key="k2")) == (409, "draw.issue_not_open")
    assert Order.objects.count() == 1


def _over(*_):
    raise IssueNotOpen


def test_keys_belong_to_their_member(buy, app_client, make_member, box):
    buy()
    other = app_client(make_member(points_balance=600))
    url = f"/api/app/activities/{box.activity_id}/issues/{box.pk}/draws"
    body = {"count": 1, "pay_with": "points", "client_nonce": "n"}
    assert other.post(url, body, HTTP_IDEMPOTENCY_KEY="k1").status_code == 201
    assert Order.objects.count() == 2


def test_refusals_leave_no_key(buy, member):
    PointAccount.objects.filter(member=member, kind="general").update(balance=599)
    assert refused(buy()) == (409, "points.insufficient")
    assert (Order.objects.count(), DrawLog.objects.count(), IssueCounter.objects.get().sold) == (0, 0, 0)
    PointAccount.objects.filter(member=member, kind="general").update(balance=600)
    assert buy().status_code == 201


def test_each_refusal_has_its_code(buy, box, member, make_member, now, state):
    before = state()
    assert refused(buy(terms_hash="0" * 64)) == (409, "draw.terms_changed")
    assert refused(buy(pay_with="wallet")) == (409, "wallet.not_allowed_here")
    assert refused(buy(pay_with="weixin", coupon_id=1)) == (409, "coupon.unusable")
    assert refused(buy(quote_token="x")) == (409, "draw.quote_stale")
    assert state() == before
    bought(make_member(points_balance=10**6), box, 10, now=now)
    answer = buy(count=10)
    assert answer.status_code == 201
    assert refused(buy(key="k2")) == (409, "draw.sold_out")


def test_the_number_left_is_told(buy, box, make_member, now):
    bought(make_member(points_balance=10**6), box, 10, now=now)
    bought(make_member(points_balance=10**6), box, 7, now=now)
    answer = buy(count=4)
    assert refused(answer) == (409, "draw.not_enough_left")
    assert (answer.json()["message"], answer.json()["details"]) == ("本期仅剩 3 抽", {"left": 3})


def test_a_price_that_is_null_cannot_be_paid_that_way(buy, now):
    only_cash, only_points = open_box(now=now, price_points=None), open_box(now=now, price_fen=None)
    assert refused(buy(issue=only_cash)) == (409, "draw.pay_with_unavailable")
    assert refused(buy(issue=only_points, pay_with="weixin")) == (409, "draw.pay_with_unavailable")


def test_outside_its_window_an_issue_is_not_open(buy, now):
    early = open_box(now=now, starts_at=now + timedelta(hours=1))
    assert refused(buy(issue=early)) == (409, "draw.issue_not_open")


def test_the_terms_that_a_member_saw_are_accepted(buy, box):
    assert buy(terms_hash=box.terms_hash).status_code == 201


def test_a_preview_names_the_price_and_holds_it(preview, buy, state):
    before = state()
    by_points = preview(count=3).json()
    assert (by_points["points"], by_points["payable_fen"], by_points["discount_fen"]) == (1800, 0, 0)
    by_cash = preview(count=10, pay_with="weixin").json()
    assert (by_cash["points"], by_cash["payable_fen"]) == (0, 55_000)
    assert by_cash["lines"] == [
        {"title": "海洋系列 第 1 期", "quantity": 10, "unit_price_fen": 6000, "unit_points": 0, "amount_fen": 55_000}
    ]
    assert state() == before
    assert refused(buy(count=2, quote_token=by_points["quote_token"])) == (409, "draw.quote_stale")
    assert buy(count=3, quote_token=by_points["quote_token"]).status_code == 201


def test_a_new_price_of_the_activity_does_not_reach_the_open_issue(preview, buy, box, now):
    values = {"price_points": 1, "price_fen": 1}
    configuring.change_activity(activity_id=box.activity_id, values=values, actor=SYSTEM, now=now)
    assert preview().json()["points"] == 600
    assert buy().json()["order"]["points_used"] == 600


def test_a_member_who_is_banned_buys_nothing(buy, member, state):
    type(member).objects.filter(pk=member.pk).update(status="disabled")
    before = state()
    assert refused(buy()) == (403, "auth.member_disabled")
    assert state() == before
