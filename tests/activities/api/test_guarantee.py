"""What members see of a guarantee and of limited prizes: before they buy, on the way, and when the sale pauses."""

import pytest
from django.utils import timezone

from activities.services import refunding
from blindbox.system.audit import SYSTEM
from tests.factories.draws import buy
from tests.factories.odds import open_issue_of

pytestmark = pytest.mark.django_db
URL = "/api/app/activities"
ODDS = [("A", 1), ("B", 3), ("C", 999_996)]
WITHIN_4 = {"guarantee": {"levels": ["A", "B"], "within": 4}}


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def issue(db):
    return open_issue_of(ODDS, config=WITHIN_4)


def rewards(client, issue):
    return client.get(f"{URL}/{issue.activity_id}/issues/{issue.pk}/rewards").json()


def guarantee(client, issue):
    detail = client.get(f"{URL}/{issue.activity_id}").json()["issues"][0]["guarantee"]
    assert rewards(client, issue)["guarantee"] == detail
    return detail


def test_a_guest_sees_the_promise_and_no_count(anonymous, issue):
    assert guarantee(anonymous, issue) == {"levels": ["A", "B"], "within": 4, "misses": None, "remaining": None}


def test_a_member_sees_how_far_it_is(app_client, member, make_member, issue, now):
    app, other = app_client(member), app_client(make_member())
    told = {"levels": ["A", "B"], "within": 4}
    assert guarantee(app, issue) == {**told, "misses": 0, "remaining": 4}
    order_id = buy(member, issue, 3, now=now)
    assert guarantee(app, issue) == {**told, "misses": 3, "remaining": 1}
    assert guarantee(other, issue) == {**told, "misses": 0, "remaining": 4}
    refunding.refund_order(order_id=order_id, reason="包装破损", actor=SYSTEM, now=now)
    assert guarantee(app, issue) == {**told, "misses": 0, "remaining": 4}


def odds(client, issue):
    return [
        (each["odds_ppm"], each["your_odds_ppm"], each["overall_odds_ppm"]) for each in rewards(client, issue)["list"]
    ]


def test_the_odds_of_the_next_draw_are_the_members_own_when_the_guarantee_decides_it(
    app_client, anonymous, member, issue, now
):
    app = app_client(member)
    overall = [62_500, 187_501, 749_999]  # one draw in four, but for the few that hit by themselves
    assert [each[:2] for each in odds(app, issue)] == [(1, 1), (3, 3), (999_996, 999_996)]
    assert [each[2] for each in odds(app, issue)] == overall
    buy(member, issue, 3, now=now)
    assert [each[:2] for each in odds(app, issue)] == [(1, 250_000), (3, 750_000), (999_996, 0)]
    assert [each[1] for each in odds(anonymous, issue)] == [None, None, None]
    buy(member, issue, 1, now=now)
    assert [each[1] for each in odds(app, issue)] == [1, 3, 999_996]


def test_issues_without_a_guarantee_say_so(anonymous, odds_issue):
    body = rewards(anonymous, odds_issue)
    assert (body["guarantee"], {each["overall_odds_ppm"] for each in body["list"]}) == (None, {None})


@pytest.fixture
def odds_issue(db):
    return open_issue_of(ODDS)


def test_the_promise_costs_one_query_for_a_member(app_client, member, issue, django_assert_max_num_queries):
    app = app_client(member)
    rewards(app, issue)
    with django_assert_max_num_queries(7):
        rewards(app, issue)


def test_what_is_left_of_a_limited_prize_is_shown_and_the_pause_told(app_client, member, now):
    issue, app = open_issue_of([("A", 999_999, 2), ("C", 1)]), app_client(member)
    path = f"{URL}/{issue.activity_id}"

    def shown():
        [on_sale] = app.get(f"{path}/issues").json()["list"]
        return [(each["quantity"], each["remaining"]) for each in rewards(app, issue)["list"]], on_sale["is_paused"]

    assert shown() == ([(2, 2), (None, None)], False)
    buy(member, issue, 1, now=now)
    assert shown() == ([(2, 1), (None, None)], False)
    buy(member, issue, 1, now=now)
    assert shown() == ([(2, 0), (None, None)], True)
    body = {"count": 1, "pay_with": "points", "client_nonce": "n"}
    answer = app.post(f"{path}/issues/{issue.pk}/draws", body, HTTP_IDEMPOTENCY_KEY="k")
    assert (answer.status_code, answer.json()["code"]) == (409, "draw.paused")
    assert answer.json()["message"] == "本期的限量奖品已经发完，暂停销售"


def test_the_layout_is_told_to_the_client(anonymous):
    eight = [(f"{n}", 125_000) for n in range(8)]
    issue = open_issue_of(eight, gameplay="wheel", config={"layout": "grid"})
    [on_sale] = anonymous.get(f"{URL}/{issue.activity_id}").json()["issues"]
    assert on_sale["terms"]["config"] == {"layout": "grid", "segments": 8}
