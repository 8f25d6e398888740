"""What is offered is what a purchase meets: frozen times, nothing of a hidden category, a bounded page."""

from datetime import timedelta
from itertools import product

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activities import selectors
from activities.enums import IssueStatus
from activities.models import Activity, DrawLog, Issue, IssueCounter, Reward
from activities.services import configuring, opening
from blindbox.system.audit import SYSTEM
from orders.models import Order
from tests.factories.activities import make_activity, make_draft, open_box
from tests.factories.draws import buy, hold, pay, settle

pytestmark = pytest.mark.django_db
URL = "/api/app/activities"
HOUR = timedelta(hours=1)
WINDOW = ("starts_at", "ends_at")


@pytest.fixture
def now():
    return timezone.now().replace(microsecond=0)


@pytest.fixture
def visit(app_client, member):
    """Look at an activity in the list and by itself, and buy of an issue, at a moment."""

    def at(moment, issue):
        url = f"{URL}/{issue.activity_id}"
        order = {"count": 1, "pay_with": "points", "client_nonce": "n"}
        with time_machine.travel(moment, tick=False):
            client = app_client(member)
            listed = [each for each in client.get(URL).json()["list"] if each["id"] == issue.activity_id]
            bought = client.post(f"{url}/issues/{issue.pk}/draws", order, HTTP_IDEMPOTENCY_KEY=moment.isoformat())
            return listed, client.get(url).json(), (bought.status_code, bought.json().get("code"))

    return at


def change(issue, now, **values):
    configuring.change_activity(activity_id=issue.activity_id, values=values, actor=SYSTEM, now=now)


def shanghai(at):
    return timezone.localtime(at).isoformat()


def another_issue(activity, now, **values):
    """Open one more issue of an activity, of a single reward."""
    rewards = [{"level": "A", "name": "积分", "kind": "points", "points": 1, "quantity": 5}]
    return opening.open_issue(issue_id=make_draft(activity, rewards, now=now, **values).pk, actor=SYSTEM, now=now)


def test_an_end_put_off_does_not_lengthen_an_open_issue(visit, now):
    issue = open_box(now=now, ends_at=now + HOUR)
    change(issue, now, ends_at=now + 3 * HOUR)
    [listed], detail, bought = visit(now, issue)
    assert listed["ends_at"] == detail["ends_at"] == detail["issues"][0]["ends_at"] == shanghai(now + HOUR)
    assert bought == (201, None)
    [listed], detail, bought = visit(now + 2 * HOUR, issue)
    assert bought == (409, "draw.issue_not_open")
    assert (listed["current_issue"], detail["issues"]) == (None, [])
    assert listed["ends_at"] == detail["ends_at"] == shanghai(now + 3 * HOUR)
    assert visit(now + 3 * HOUR, issue)[0] == []


def test_an_end_brought_forward_does_not_shorten_it(visit, now):
    issue = open_box(now=now, ends_at=now + 2 * HOUR)
    change(issue, now, ends_at=now + timedelta(minutes=1))
    [listed], detail, bought = visit(now + HOUR, issue)
    assert (bought, listed["current_issue"]["id"]) == ((201, None), issue.pk)
    assert listed["ends_at"] == detail["ends_at"] == shanghai(now + 2 * HOUR)
    assert visit(now + 2 * HOUR, issue)[0] == []


def test_a_start_put_off_does_not_interrupt_it(visit, shop, now):
    issue = open_box(now=now)
    before = shanghai(issue.activity.starts_at)
    change(issue, now, starts_at=now + HOUR)
    [listed], detail, bought = visit(now, issue)
    assert (listed["starts_at"], detail["starts_at"], bought) == (before, before, (201, None))
    own = shop.get(f"/api/admin/activities/{issue.activity_id}").json()
    assert (own["starts_at"], own["current_issue"]["id"]) == (shanghai(now + HOUR), issue.pk)


def test_the_issue_that_can_be_bought_comes_first(visit, now):
    over = open_box(now=now, ends_at=now + 9 * HOUR)
    Issue.objects.filter(pk=over.pk).update(ends_at=now)  # past its end, and nobody has closed it yet
    later = another_issue(over.activity, now, starts_at=now + HOUR)
    sold = another_issue(over.activity, now)
    [listed], detail, _ = visit(now, sold)
    assert listed["current_issue"]["id"] == sold.pk
    assert [each["id"] for each in detail["issues"]] == [sold.pk, later.pk]
    assert {name: listed[name] for name in WINDOW} == {name: detail[name] for name in WINDOW}


def test_before_an_issue_begins_its_times_are_shown(visit, now):
    activity = make_activity(now=now, ends_at=now + 9 * HOUR)
    issue = another_issue(activity, now, starts_at=now + HOUR, ends_at=now + 2 * HOUR)
    [listed], detail, bought = visit(now, issue)
    assert bought == (409, "draw.issue_not_open")
    times = (shanghai(now + HOUR), shanghai(now + 2 * HOUR))
    assert (listed["starts_at"], listed["ends_at"]) == (detail["starts_at"], detail["ends_at"]) == times


# hidden


@pytest.fixture
def hidden(shop, app, member, now):
    """An issue with a draw of the member and a hold of another's, its category hidden afterwards; and that hold."""
    issue = open_box(now=now)
    order = {"count": 1, "pay_with": "points", "client_nonce": "n"}
    app.post(f"{URL}/{issue.activity_id}/issues/{issue.pk}/draws", order, HTTP_IDEMPOTENCY_KEY="before")
    held = hold(member, issue, 2, now=now)
    category = f"/api/admin/activity_categories/{issue.activity.category_id}"
    assert shop.patch(category, {"is_visible": False}).status_code == 200
    return issue, held


def refused(answer):
    return answer.status_code, answer.json()["code"], answer.json()["message"]


NOT_THERE = (404, "common.not_found", "活动不存在")


@pytest.fixture
def over(hidden):
    """The same, once the issue has come to its end."""
    IssueCounter.objects.update(status="closed")
    return hidden


def test_what_is_open_in_a_hidden_category_goes_on_unlisted(app, hidden):
    issue, _ = hidden
    assert app.get(URL).json()["total"] == 0
    for tail in ("", "/issues", "/issues/{}/rewards", "/issues/{}/draw_logs"):
        assert app.get(f"{URL}/{issue.activity_id}{tail.format(issue.pk)}").status_code == 200
    body = {"count": 1, "pay_with": "points", "client_nonce": "n"}
    url = f"{URL}/{issue.activity_id}/issues/{issue.pk}/draws"
    assert app.post(url, body, HTTP_IDEMPOTENCY_KEY="after").status_code == 201


@pytest.mark.parametrize("tail", ["", "/issues", "/issues/{}/rewards", "/issues/{}/draw_logs"])
def test_nothing_of_a_hidden_category_is_read(app, anonymous, over, tail):
    issue, _ = over
    for client in (app, anonymous):
        assert refused(client.get(f"{URL}/{issue.activity_id}{tail.format(issue.pk)}")) == NOT_THERE
        assert client.get(URL).json()["total"] == 0


@pytest.mark.parametrize("pay_with", ["points", "weixin", "wallet"])
def test_nothing_of_a_hidden_category_is_bought(app, app_client, make_member, over, state, pay_with):
    issue, _ = over
    before, poor = state(), app_client(make_member())
    for client in (app, poor):
        for count in (1, 100):
            body = {"count": count, "pay_with": pay_with, "client_nonce": "n"}
            url = f"{URL}/{issue.activity_id}/issues/{issue.pk}/draws"
            assert refused(client.post(f"{url}/preview", {"count": count, "pay_with": pay_with})) == NOT_THERE
            assert refused(client.post(url, body, HTTP_IDEMPOTENCY_KEY="after")) == NOT_THERE
    assert state() == before


def test_what_was_bought_before_stays_reachable(app, hidden):
    issue, _ = hidden
    url, order = f"{URL}/{issue.activity_id}/issues/{issue.pk}", Order.objects.earliest("pk")
    body = {"count": 1, "pay_with": "points", "client_nonce": "n"}
    again = app.post(f"{url}/draws", body, HTTP_IDEMPOTENCY_KEY="before")
    assert (again.status_code, again.headers["Idempotent-Replay"]) == (201, "true")
    assert again.json()["order"]["order_no"] == order.order_no
    draw = DrawLog.objects.get().pk
    urls = [f"{url}/proof", f"/api/app/draw_logs/{draw}/proof", f"/api/app/orders/{order.order_no}"]
    assert [app.get(each).status_code for each in urls] == [200, 200, 200]
    assert [each["id"] for each in app.get("/api/app/users/me/draw_logs").json()["list"]] == [draw]


def test_what_was_held_before_is_drawn_when_it_is_paid(hidden, now):
    _, held = hidden
    pay(held, now=now)
    settle(held, now=now)
    assert Order.objects.get(pk=held).status == "completed"
    assert DrawLog.objects.count() == 3


def test_both_ways_to_ask_who_is_shown_agree(now):
    issue = open_box(now=now)
    for status, visible, counter in product(("active", "archived"), (True, False), IssueStatus.values):
        Activity.objects.update(status=status)
        type(issue.activity.category).objects.update(is_visible=visible)
        IssueCounter.objects.update(status=counter)
        with connection.cursor() as cursor:
            cursor.execute(selectors.SHOWN_ROW, [issue.activity_id])
            found = [pk for (pk,) in cursor.fetchall()]
        expected = (status == "active" and visible) or counter in ("open", "closing")
        shown = Activity.objects.filter(selectors.SHOWN)
        assert found == [each.pk for each in shown] == ([issue.activity_id] if expected else [])


# refused for a while


def test_a_refusal_says_when_to_come_back_in_the_shops_time(app, box, make_member, now):
    issue = open_box(total=2, last=False, now=now)
    hold(make_member(), issue, 2, now=now)
    body = {"count": 1, "pay_with": "points", "client_nonce": "n"}
    url = f"{URL}/{issue.activity_id}/issues/{issue.pk}/draws"
    answer = app.post(url, body, HTTP_IDEMPOTENCY_KEY="k").json()
    assert (answer["code"], answer["details"]) == (
        "draw.all_reserved",
        {"retry_at": shanghai(now + timedelta(seconds=180 + 60))},
    )


# bounded


def test_an_activitys_page_costs_the_same_for_one_issue_and_for_many(anonymous, member, now):
    issue = open_box(now=now)
    buy(member, issue, 3, now=now)

    def read():
        with CaptureQueriesContext(connection) as captured:
            body = anonymous.get(f"{URL}/{issue.activity_id}").json()
        return len(captured), body["issues"]

    few, alone = read()
    for _ in range(4):
        buy(member, another_issue(issue.activity, now), 2, now=now)
    many, together = read()
    assert (many, few) == (few, 4)  # the activity, its issues, their rewards, what was drawn
    assert (together[0], len(together)) == (alone[0], 5)
    for shown in together:
        assert [each["id"] for each in shown["rewards"]] == list(
            Reward.objects.filter(issue_id=shown["id"]).order_by("sort", "pk").values_list("pk", flat=True)
        )
        assert sum(each["odds_ppm"] or 0 for each in shown["rewards"]) == 1_000_000


def test_an_activitys_page_shows_a_bounded_number_of_issues(anonymous, monkeypatch, now):
    monkeypatch.setattr(selectors, "MOST_OPEN_ISSUES", 3)
    activity = make_activity(now=now)
    opened = [another_issue(activity, now) for _ in range(5)]
    shown = anonymous.get(f"{URL}/{activity.pk}").json()["issues"]
    assert [each["id"] for each in shown] == [issue.pk for issue in opened[:3]]
    assert anonymous.get(f"{URL}/{activity.pk}/issues").json()["total"] == 5


def test_an_issues_log_is_read_in_the_order_of_an_index(member, now):
    issue = open_box(now=now)
    buy(member, issue, 5, now=now)
    plan = selectors.draw_logs_of_issue(issue.pk)[:20].explain().lower()
    assert [sorting for sorting in ("temp b-tree", "filesort") if sorting in plan] == [], plan
