"""The number grid, the box lock and buying out over HTTP."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activities.models import BoxTurn
from tests.factories.activities import open_box, open_numbers, open_odds
from tests.factories.draws import buy, hold

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def grid(db, now):
    return open_numbers(total=120, now=now, config={"box_lock": {"seconds": 60}})


def url(issue, tail):
    return f"/api/app/activities/{issue.activity_id}/issues/{issue.pk}/{tail}"


def refused(answer):
    return answer.status_code, answer.json()["code"]


def test_the_grid_tells_free_held_and_sold_and_what_was_behind(anonymous, app, member, make_member, grid, now):
    buy(member, grid, 1, now=now, ticket_nos=(3,))
    hold(make_member(), grid, 1, now=now, ticket_nos=(5,))
    body = anonymous.get(url(grid, "tickets")).json()
    assert set(body) == {
        "list", "total", "page", "page_size", "pick_number", "sold", "reserved", "remaining", "states", "lock",
    }  # fmt: skip
    assert [body[name] for name in ("total", "page", "page_size", "pick_number")] == [120, 1, 20, True]
    assert [body[name] for name in ("sold", "reserved", "remaining", "states")] == [1, 1, 118, None]
    assert [each["ticket_no"] for each in body["list"]] == list(range(1, 21))
    free, sold, held = body["list"][0], body["list"][2], body["list"][4]
    assert free == {"ticket_no": 1, "state": "free", "state_label": "可选", "reward": None, "is_mine": False}
    assert held == {"ticket_no": 5, "state": "held", "state_label": "已占用", "reward": None, "is_mine": False}
    assert (sold["state"], sold["state_label"], sold["is_mine"]) == ("sold", "已抽走", False)
    assert sold["reward"]["level"] in {"A", "C"}
    assert app.get(url(grid, "tickets")).json()["list"][2]["is_mine"]


def test_the_grid_has_pages_and_a_word_for_the_whole_box(anonymous, member, make_member, grid, now):
    buy(member, grid, 2, now=now, ticket_nos=(3, 120))
    hold(make_member(), grid, 1, now=now, ticket_nos=(5,))
    body = anonymous.get(url(grid, "tickets?page=2&page_size=100&whole=true")).json()
    assert [each["ticket_no"] for each in body["list"]] == list(range(101, 121))
    assert (body["list"][-1]["state"], body["page"], body["page_size"]) == ("sold", 2, 100)
    assert body["states"] == "00201" + "0" * 114 + "2"
    assert anonymous.get(url(grid, "tickets?page=3&page_size=100")).json()["list"] == []
    assert refused(anonymous.get(url(grid, "tickets?page_size=101"))) == (400, "common.invalid")


def test_the_grid_costs_the_same_for_a_small_and_a_big_page(anonymous, member, grid, now):
    def queries(tail):
        with CaptureQueriesContext(connection) as sent:
            assert anonymous.get(url(grid, tail)).status_code == 200
        return len(sent)

    queries("tickets")
    small = queries("tickets?page_size=1")
    buy(member, grid, 10, now=now, ticket_nos=tuple(range(1, 11)))
    assert queries("tickets?page_size=100") == small <= 6


def test_where_numbers_are_dealt_the_grid_shows_them_in_order(anonymous, member, now):
    issue = open_box(total=20, now=now)
    buy(member, issue, 3, now=now)
    body = anonymous.get(url(issue, "tickets?whole=true")).json()
    assert [each["state"] for each in body["list"][:4]] == ["sold", "sold", "sold", "free"]
    assert (body["states"], body["pick_number"], body["lock"]) == ("222" + "0" * 17, False, None)


def test_odds_have_no_numbers(anonymous, now):
    assert refused(anonymous.get(url(open_odds(now=now), "tickets"))) == (404, "common.not_found")


def test_picking_over_http(app, grid, make_member, now):
    body = {"count": 2, "pay_with": "points", "client_nonce": "n", "ticket_nos": [9, 4]}
    answer = app.post(url(grid, "draws"), body, HTTP_IDEMPOTENCY_KEY="k1")
    assert (answer.status_code, [draw["ticket_no"] for draw in answer.json()["draws"]]) == (201, [9, 4])
    taken = app.post(url(grid, "draws"), {**body, "ticket_nos": [4, 5]}, HTTP_IDEMPOTENCY_KEY="k2")
    assert refused(taken) == (409, "draw.ticket_taken")
    assert taken.json()["details"] == {"ticket_nos": [4], "numbers": "4"}
    assert taken.json()["message"] == "号码 4 已被占用或抽走，请另选"
    missing = app.post(url(grid, "draws"), {**body, "ticket_nos": None}, HTTP_IDEMPOTENCY_KEY="k3")
    assert missing.json()["details"][0]["field"] == "ticket_nos"


def test_locking_over_http(app, app_client, make_member, grid, now):
    other = app_client(make_member(points_balance=600))
    assert refused(app.post(url(grid, "lock"))) == (400, "common.idempotency_key_required")
    first = app.post(url(grid, "lock"), HTTP_IDEMPOTENCY_KEY="k1")
    assert first.status_code == 201
    body = first.json()
    until = body.pop("until")
    assert body == {"state": "holding", "state_label": "独占中", "position": 0, "queue_length": 1, "seconds": 60}
    assert until.endswith("+08:00")
    assert app.post(url(grid, "lock"), HTTP_IDEMPOTENCY_KEY="k1").headers["Idempotent-Replay"] == "true"
    second = other.post(url(grid, "lock"), HTTP_IDEMPOTENCY_KEY="k1").json()
    assert (second["state"], second["position"], second["queue_length"], second["until"]) == ("waiting", 1, 2, until)
    wish = {"count": 1, "pay_with": "points", "client_nonce": "n", "ticket_nos": [1]}
    locked = other.post(url(grid, "draws"), wish, HTTP_IDEMPOTENCY_KEY="k2")
    assert refused(locked) == (409, "draw.box_locked")
    assert locked.json()["details"] == {"until": until, "position": 1, "queue_length": 2}
    detail = other.get(f"/api/app/activities/{grid.activity_id}").json()["issues"][0]
    assert (detail["lock"], detail["terms"]["box_lock_seconds"]) == (second, 60)
    assert app.get(url(grid, "tickets")).json()["lock"]["state"] == "holding"
    assert (app.delete(url(grid, "lock")).json(), BoxTurn.objects.filter(slot=1).count()) == ({}, 1)
    assert other.post(url(grid, "draws"), wish, HTTP_IDEMPOTENCY_KEY="k3").status_code == 201


def test_a_guest_sees_the_queue_and_no_place_in_it(anonymous, app, grid):
    app.post(url(grid, "lock"), HTTP_IDEMPOTENCY_KEY="k1")
    lock = anonymous.get(url(grid, "tickets")).json()["lock"]
    assert (lock["state"], lock["position"], lock["queue_length"]) == ("none", None, 1)


def test_a_box_that_cannot_be_locked_says_so(app, now):
    issue = open_box(total=20, now=now)
    assert refused(app.post(url(issue, "lock"), HTTP_IDEMPOTENCY_KEY="k1")) == (409, "draw.box_lock_not_offered")
    assert refused(app.delete(url(issue, "lock"))) == (409, "draw.box_lock_not_offered")


def test_buying_out_over_http(app, member, now):
    issue = open_box(total=20, now=now, config={"buy_out": {"discount_ppm": 100_000}})
    buy(member, issue, 5, now=now - timedelta(seconds=1))
    asked = {"count": 15, "pay_with": "weixin", "buy_out": True}
    preview = app.post(url(issue, "draws/preview"), asked).json()
    found = [preview[name] for name in ("count", "discount_fen", "payable_fen")]
    assert found == [15, 9_000, 81_000]
    body = {**asked, "client_nonce": "n"}
    missing = app.post(url(issue, "draws"), body, HTTP_IDEMPOTENCY_KEY="k1")
    assert (refused(missing), missing.json()["details"][0]["field"]) == ((400, "common.invalid"), "quote_token")
    points = app.post(url(issue, "draws/preview"), {**asked, "pay_with": "points"}).json()
    assert points["points"] == 8100
    bought = {**body, "pay_with": "points", "quote_token": points["quote_token"]}
    answer = app.post(url(issue, "draws"), bought, HTTP_IDEMPOTENCY_KEY="k2")
    assert (answer.status_code, len(answer.json()["draws"])) == (201, 16)
    assert refused(app.post(url(issue, "draws"), bought, HTTP_IDEMPOTENCY_KEY="k3")) == (409, "draw.sold_out")


@pytest.mark.parametrize("open_count", [{}, {"count": None}])
def test_buying_out_without_a_count(app, member, now, state, open_count):
    issue = open_box(total=8, now=now)
    buy(member, issue, 5, now=now - timedelta(seconds=1))
    asked = {"pay_with": "points", "buy_out": True, **open_count}
    preview = app.post(url(issue, "draws/preview"), asked).json()
    assert (preview["count"], preview["points"]) == (3, 1800)
    before, body = state(), {**asked, "client_nonce": "n", "quote_token": preview["quote_token"]}
    stale = app.post(url(issue, "draws"), {**body, "count": 4}, HTTP_IDEMPOTENCY_KEY="k1")
    assert (refused(stale), stale.json()["details"]) == ((409, "draw.quote_stale"), {"left": 3})
    for path in ("draws", "draws/preview"):  # only a buy-out has a number of its own
        alone = app.post(url(issue, path), {**body, "buy_out": False}, HTTP_IDEMPOTENCY_KEY="k2")
        assert refused(alone) == (400, "common.invalid")
        assert [each["field"] for each in alone.json()["details"]] == ["count"]
    assert state() == before
    answer = app.post(url(issue, "draws"), body, HTTP_IDEMPOTENCY_KEY="k3")
    assert (answer.status_code, len(answer.json()["draws"])) == (201, 4)
    again = app.post(url(issue, "draws"), body, HTTP_IDEMPOTENCY_KEY="k3")
    assert (again.status_code, again.headers["Idempotent-Replay"]) == (201, "true")
