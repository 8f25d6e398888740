"""Units come in as planned: by beat or by the next draw, never early, never after the end; and spread evenly."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.errors import LimitReached, SessionNotLive
from activities.models import DrawBatch, DrawLog, IssueCounter, RewardDrop, RewardStock, SessionDraw, SessionScope
from activities.services import closing, days, proofs, verifying
from activities.services.glue import planning, releasing
from activities.services.glue.planning import Spread
from activities.tasks import release_drops
from blindbox.common.business_day import SHANGHAI
from blindbox.common.invariants import violations
from catalog.models import Product
from orders.models import Order, Refund
from tests.factories.accounts import make_member
from tests.factories.activities import NOW, make_product
from tests.factories.draws import buy, hold, pay, settle
from tests.factories.glue import (
    CHECKS,
    DAY,
    HOUR,
    deliver,
    draw,
    make_session,
    make_tool,
    open_session,
    points,
    released,
)
from tests.factories.verifiers import example_verdict, needs_node, page_issue_verdicts

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
THREE = [points("A", odds_ppm=1_000_000, quantity=3)]
PLAN = [("A", NOW + HOUR, 1), ("A", NOW + 2 * HOUR, 1), ("A", NOW + 3 * HOUR, 1)]


def stock():
    return RewardStock.objects.values_list("total", "released", "given").get()


def won(member, activity, now):
    return draw(member, activity, now=now).prize is not None


# by draws and by beat


def test_a_draw_releases_what_is_due_before_it_looks(member):
    activity = make_tool()
    issue = open_session(activity, THREE, drops=PLAN)
    assert not won(member, activity, NOW + HOUR - MINUTE)
    assert (stock(), released(issue)) == ((3, 0, 0), [("A", "wait")] * 3)
    assert won(member, activity, NOW + HOUR)
    assert not won(member, activity, NOW + HOUR)
    assert stock() == (3, 1, 1)
    assert [won(member, activity, NOW + 3 * HOUR) for _ in range(3)] == [True, True, False]
    assert (stock(), released(issue)) == ((3, 3, 3), [("A", "done")] * 3)
    assert list(RewardDrop.objects.order_by("release_at").values_list("version", flat=True)) == [2, 4, 4]
    deliver(now=NOW + 3 * HOUR)
    assert violations(CHECKS) == []
    assert list(verifying.discrepancies()) == []


def test_beat_releases_it_under_a_version_of_its_own_once(member):
    activity = make_tool()
    issue = open_session(activity, THREE, drops=PLAN)
    assert releasing.release_due(now=NOW + HOUR - MINUTE) == 0
    assert [releasing.release_due(now=NOW + 2 * HOUR) for _ in range(2)] == [2, 0]
    assert (stock(), released(issue)) == ((3, 2, 0), [("A", "done"), ("A", "done"), ("A", "wait")])
    assert SessionScope.objects.values_list("version", flat=True).get() == 1
    assert [won(member, activity, NOW + 2 * HOUR) for _ in range(3)] == [True, True, False]
    assert list(SessionDraw.objects.order_by("pk").values_list("version", flat=True)) == [2, 3, 4]
    deliver(now=NOW + 2 * HOUR)
    assert violations(CHECKS) == []
    assert list(verifying.discrepancies()) == []


def test_the_task_of_beat_releases_by_the_clock(clock):
    open_session(make_tool(), THREE, drops=PLAN)
    clock.move_to(NOW + HOUR)
    release_drops()
    assert stock() == (3, 1, 0)


def test_a_session_that_is_out_of_step_keeps_no_other_from_its_release():
    broken, sound = make_tool(name="坏"), make_tool(name="好")
    for activity in (broken, sound):
        open_session(activity, THREE, drops=PLAN)
    RewardStock.objects.filter(reward__issue__activity=broken).update(total=0)
    assert releasing.release_due(now=NOW + HOUR) == 1
    assert RewardStock.objects.get(reward__issue__activity=sound).released == 1
    assert RewardDrop.objects.filter(issue__activity=broken, status="wait").count() == 3


# at the end


def test_what_was_never_released_is_cancelled_at_the_end_and_goes_back_to_its_product(member):
    product = make_product(stock=10)
    prize = {"level": "A", "name": "手办", "kind": "product", "product_id": product.pk, "quantity": 3}
    activity = make_tool()
    issue = open_session(activity, [{**prize, "odds_ppm": 1_000_000}], drops=[*PLAN[:1], ("A", NOW + DAY, 2)])
    assert won(member, activity, NOW + HOUR)
    deliver(now=NOW + HOUR)
    assert Product.objects.get().stock == 7
    closing.close_finished(now=NOW + 2 * DAY - MINUTE)
    assert released(issue) == [("A", "done"), ("A", "wait")]
    closing.close_finished(now=NOW + 2 * DAY)
    assert released(issue) == [("A", "done"), ("A", "cancelled")]
    assert (IssueCounter.objects.get(pk=issue.pk).status, Product.objects.get().stock) == ("closed", 9)
    assert SessionScope.objects.get().status == "over"
    assert releasing.release_due(now=NOW + 4 * DAY) == 0
    with pytest.raises(SessionNotLive):
        draw(member, activity, now=NOW + 2 * DAY)


# paid by cash


CASH = [*THREE, points("B", 1, is_fallback=True)]


def at(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


@pytest.fixture
def nightly(db):
    """A session by cash, every night from 22:00 to 02:00; units come before midnight, right at and after the end."""
    days.turn(now=at(22, 12))
    activity = make_tool(price_fen=6_000, price_points=100)
    window = {"daily": {"from": "22:00", "to": "02:00"}, "times_limit": 2}
    drops = [("A", at(22, 23), 1), ("A", at(23, 2), 1), ("A", at(23, 22), 1)]
    return open_session(
        activity, CASH, drops=drops, starts_at=at(22, 12), ends_at=at(25, 12), config=window, now=at(22, 12)
    )


def levels():
    return list(SessionDraw.objects.order_by("pk").values_list("batch__draws__reward__level", flat=True))


def test_paid_in_time_and_settled_after_the_end_it_is_drawn_as_of_its_night(member, nightly):
    order_id = hold(member, nightly, 1, now=at(23, 1, 58))
    pay(order_id, now=at(23, 2, 5), paid_at=at(23, 1, 59))
    settle(order_id, now=at(23, 2, 5))
    assert list(SessionDraw.objects.values_list("scope__occurrence__day", "session_no")) == [(22, 1)]
    assert levels() == ["A"]
    assert list(verifying.discrepancies()) == []


def test_a_late_draw_releases_nothing_that_comes_after_its_night(member, nightly):
    first, late = (hold(who, nightly, 1, now=at(23, 1, 58)) for who in (member, make_member()))
    for order_id in (first, late):
        pay(order_id, now=at(23, 2, 5), paid_at=at(23, 1, 59))
        settle(order_id, now=at(23, 2, 5))
    assert (released(nightly), levels()) == ([("A", "done"), ("A", "wait"), ("A", "wait")], ["A", "B"])
    assert RewardStock.objects.values_list("released", "given").get(reward__level="A") == (1, 1)
    assert violations(["D9", "D13"]) == []
    assert list(verifying.discrepancies()) == []


@needs_node
def test_a_stranger_who_replays_a_night_with_a_late_draw_agrees(member, nightly):
    order_id = hold(member, nightly, 1, now=at(23, 1, 58))
    pay(order_id, now=at(23, 2, 5), paid_at=at(23, 1, 59))
    settle(order_id, now=at(23, 2, 5))
    whole = proofs.of_issue(activity_id=nightly.activity_id, issue_id=nightly.pk)
    [drawn] = DrawLog.objects.values_list("pk", flat=True)
    assert (example_verdict(whole), page_issue_verdicts([(whole, proofs.of_draw(drawn))])) == ("ok", ["ok"])


def test_what_comes_after_a_night_is_there_when_the_next_begins(member, nightly):
    assert releasing.release_due(now=at(23, 22)) == 3
    scopes = SessionScope.objects.order_by("occurrence").values_list("occurrence__day", "status")
    assert list(scopes) == [(23, "live")]


def test_paid_in_time_but_settled_after_the_next_night_began_it_is_refunded(member, nightly):
    order_id = hold(member, nightly, 1, now=at(23, 1, 58))
    pay(order_id, now=at(23, 2), paid_at=at(23, 1, 59))
    releasing.release_due(now=at(23, 22))
    settle(order_id, now=at(23, 22, 1))
    assert refunded(order_id)
    assert IssueCounter.objects.values_list("sold", "reserved").get(pk=nightly.pk) == (0, 0)


def test_held_in_time_but_paid_after_the_end_it_is_refunded(member, nightly):
    order_id = hold(member, nightly, 1, now=at(23, 1, 59))
    pay(order_id, now=at(23, 2, 1), paid_at=at(23, 2))
    settle(order_id, now=at(23, 2, 1))
    assert refunded(order_id)


def test_a_limit_that_was_used_up_while_the_money_came_refunds_it(member, nightly):
    order_id = hold(member, nightly, 1, now=at(22, 23))
    buy(member, nightly, 2, now=at(22, 23))
    pay(order_id, now=at(22, 23, 1))
    settle(order_id, now=at(22, 23, 1))
    assert refunded(order_id)
    assert SessionDraw.objects.count() == 2


def test_who_has_used_the_limit_up_is_refused_before_paying(member, nightly, rows):
    buy(member, nightly, 2, now=at(22, 23))
    before = rows()
    with pytest.raises(LimitReached):
        hold(member, nightly, 1, now=at(22, 23))
    assert rows() == before


def refunded(order_id):
    """Tell whether an order went back whole and nothing of it was drawn."""
    order, batch = Order.objects.get(pk=order_id), DrawBatch.objects.get(order_id=order_id)
    refund = Refund.objects.values_list("reason", "amount_fen").get(order=order)
    counted = SessionDraw.objects.filter(batch=batch).count()
    return (order.status, batch.status, refund, counted) == ("refunding", "released", ("late", order.paid_fen), 0)


# spread evenly


@given(st.integers(1, 10_000), st.integers(1, 500))
def test_a_spread_gives_every_slot_the_same_and_the_remainder_to_the_earliest(quantity, slots):
    each = planning.shares(quantity, slots)
    assert (sum(each), len(each)) == (quantity, slots)
    assert each == [quantity // slots + 1] * (quantity % slots) + [quantity // slots] * (slots - quantity % slots)


def test_a_spread_releases_five_minutes_before_each_slot_and_leaves_empty_ones_out():
    spread = Spread(7, 3, first_slot_at=NOW, slots=5, every=HOUR)
    assert planning.rows_of(spread) == [
        {"reward_id": 7, "release_at": NOW + slot * HOUR - 5 * MINUTE, "quantity": 1} for slot in range(3)
    ]


def test_a_spread_over_http_replaces_the_prizes_own_plan(clock, admin_client_for, operator):
    activity = make_tool()
    issue = make_session(activity, [points("A", odds_ppm=5, quantity=10), points("B", odds_ppm=5, quantity=10)])
    first, other = issue.rewards.order_by("pk")
    client, url = admin_client_for(operator), f"/api/admin/activities/{activity.pk}/issues/{issue.pk}/drops"
    body = [{"reward_id": r.pk, "release_at": NOW.isoformat(), "quantity": 1} for r in (first, other)]
    assert client.post(url, body).status_code == 201
    wanted = {"reward_id": first.pk, "quantity": 7, "first_slot_at": (NOW + HOUR).isoformat(), "slots": 3}
    made = client.post(f"{url}/spread", {**wanted, "every_minutes": 60})
    assert made.status_code == 201
    assert [(each["quantity"], each["status"], each["status_label"]) for each in made.json()] == [
        (3, "wait", "待投放"),
        (2, "wait", "待投放"),
        (2, "wait", "待投放"),
    ]
    plan = RewardDrop.objects.order_by("release_at", "reward_id").values_list("reward_id", "release_at", "quantity")
    lead = NOW + HOUR - 5 * MINUTE
    assert list(plan) == [(other.pk, NOW, 1), (first.pk, lead, 3)] + [
        (first.pk, lead + slot * HOUR, 2) for slot in (1, 2)
    ]
    listed = client.get(url).json()
    assert (listed["total"], [each["quantity"] for each in listed["list"]]) == (4, [1, 3, 2, 2])
    refused = client.post(f"{url}/spread", {**wanted, "reward_id": 10**9, "every_minutes": 60})
    assert (refused.status_code, RewardDrop.objects.count()) == (400, 4)
