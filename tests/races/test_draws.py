"""Holding, drawing and settling over real connections: exact counts, each race with a control without its guard."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection

from activities import store
from activities.errors import AllReserved, CannotServe, HoldStillOpen
from activities.models import (
    DrawBatch,
    DrawLog,
    DrawPlayer,
    IssueCounter,
)
from activities.services import allowances, draws, holds, opening, purchases
from blindbox.common.invariants import violations
from blindbox.system.audit import SYSTEM
from blindbox.system.idempotency import Claim, KeyInFlight
from blindbox.system.models import IdempotencyKey
from orders.enums import PayWith
from orders.models import InventoryItem, Order
from orders.services import lifecycle
from tests.factories.accounts import make_member
from tests.factories.activities import (
    NOW,
    make_activity,
    make_draft,
    make_product,
    odds_rewards,
    open_box,
)
from tests.factories.draws import buy, hold, pay
from tests.factories.orders import deliver
from tests.races.conftest import Meeting, run_together
from tests.races.guards import without_unique

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def errors(results, kind):
    return sum(isinstance(result, kind) for result in results)


def counter(issue):
    return IssueCounter.objects.values_list("status", "sold", "reserved").get(pk=issue.pk)


def check_then_act(columns):
    """Return a guard as it must not be: read, let others read too, then write without a condition."""
    meeting = Meeting(8)

    def take(issue_id, n, **_):
        found = store.count(issue_id)
        fits = found.total is None or found.sold + found.reserved + n <= found.total
        meeting.wait()
        if fits:
            with connection.cursor() as cursor:
                cursor.execute("SET SESSION check_constraint_checks = 0")
                cursor.execute(f"UPDATE activity_issue_counters SET {columns} WHERE issue_id = %s", [n, issue_id])
        return found.sold + n if fits else None

    return take


# the last tickets


def test_64_buyers_by_points_on_ten_left():
    issue = open_box(total=10, last=False)
    buyers = [make_member(points_balance=600) for _ in range(64)]
    results = run_together(*[partial(buy, buyer, issue, 1, now=NOW) for buyer in buyers])
    assert (errors(results, CannotServe), errors(results, Exception)) == (54, 54)
    assert counter(issue) == ("open", 10, 0)
    assert sorted(DrawLog.objects.values_list("sale_no", flat=True)) == list(range(1, 11))
    assert (Order.objects.count(), InventoryItem.objects.count()) == (10, 10)
    deliver(now=NOW)
    assert counter(issue) == ("closed", 10, 0)
    assert violations() == []


def test_control_a_sale_that_checks_first_is_stopped_by_the_tables_only(monkeypatch):
    issue = open_box(total=2, last=False)
    buyers = [make_member(points_balance=600) for _ in range(8)]
    monkeypatch.setattr(store, "sell", check_then_act("sold = sold + %s"))
    results = run_together(*[partial(buy, buyer, issue, 1, now=NOW) for buyer in buyers])
    assert errors(results, Exception) - errors(results, CannotServe) > 0


def test_64_holders_on_ten_left_and_their_payments():
    issue = open_box(total=10, last=False)
    members = [make_member() for _ in range(64)]
    results = run_together(*[partial(hold, member, issue, 1, now=NOW) for member in members])
    held = [result for result in results if isinstance(result, int)]
    assert (len(held), errors(results, AllReserved)) == (10, 54)
    assert (counter(issue), Order.objects.count()) == (("open", 0, 10), 10)
    deliver(now=NOW + 2 * MINUTE)
    assert violations() == []
    for order_id in held:
        pay(order_id, now=NOW + MINUTE)
    settled = run_together(*[partial(settle, order_id) for order_id in held])
    assert settled == [None] * 10
    assert counter(issue) == ("open", 10, 0)
    deliver(now=NOW + MINUTE)
    assert (counter(issue), DrawLog.objects.count(), InventoryItem.objects.count()) == (("closed", 10, 0), 10, 10)
    assert violations() == []


def test_control_holds_that_check_first_oversell(monkeypatch):
    issue = open_box(total=2, last=False)
    members = [make_member() for _ in range(8)]
    monkeypatch.setattr(store, "hold", check_then_act("reserved = reserved + %s"))
    results = run_together(*[partial(hold, member, issue, 1, now=NOW) for member in members])
    assert errors(results, Exception) == 0
    assert counter(issue) == ("open", 0, 8)


def test_in_the_endgame_one_of_64_holds():
    issue = open_box(total=20)
    buy(make_member(points_balance=10_000), issue, 10, now=NOW)
    members = [make_member() for _ in range(64)]
    results = run_together(*[partial(hold, member, issue, 1, now=NOW) for member in members])
    assert (errors(results, AllReserved), errors(results, Exception)) == (63, 63)
    assert counter(issue) == ("open", 10, 1)


def test_control_without_the_endgame_many_hold():
    issue = open_box(total=20)
    buy(make_member(points_balance=10_000), issue, 10, now=NOW)
    IssueCounter.objects.update(endgame=0)
    members = [make_member() for _ in range(16)]
    run_together(*[partial(hold, member, issue, 1, now=NOW) for member in members])
    assert counter(issue) == ("open", 10, 10)


def test_a_member_who_orders_16_times_at_once_holds_once():
    issue, member = open_box(total=100, last=False), make_member()
    results = run_together(*[partial(hold, member, issue, 1, now=NOW)] * 16)
    assert (errors(results, HoldStillOpen), errors(results, Exception)) == (15, 15)
    assert counter(issue) == ("open", 0, 1)


# one key


def press(member, issue):
    wish = purchases.Wish(issue.pk, 2, PayWith.POINTS, "nonce")
    claim = Claim("member", member.pk, "same key", "f" * 64)
    return purchases.buy(member_id=member.pk, activity_id=issue.activity_id, wish=wish, claim=claim, now=NOW)


def test_the_same_key_twenty_times_at_once_has_one_effect():
    issue, member = open_box(total=100), make_member(points_balance=100_000)
    results = run_together(*[partial(press, member, issue)] * 20)
    answered = [result for result in results if isinstance(result, purchases.Purchase)]
    assert len(answered) + errors(results, KeyInFlight) == 20
    assert sorted(result.replayed for result in answered) == [False] + [True] * (len(answered) - 1)
    assert {result.order_id for result in answered} == {Order.objects.get().pk}
    assert (counter(issue), DrawLog.objects.count()) == (("open", 2, 0), 2)
    deliver(now=NOW)
    assert violations() == []


def test_control_without_the_unique_key_each_press_buys():
    issue, member = open_box(total=100), make_member(points_balance=100_000)
    with without_unique(IdempotencyKey, "realm", "actor_id", "key"):
        run_together(*[partial(press, member, issue)] * 20)
        assert Order.objects.count() == 20


# settling


def settle(order_id):
    draws.settle_order(order_id=order_id, paid_at=NOW + MINUTE, now=NOW + MINUTE)


def paid_order(issue):
    order_id = hold(make_member(), issue, 3, now=NOW)
    pay(order_id, now=NOW + MINUTE)
    return order_id


def test_eight_workers_settle_one_order_once():
    issue = open_box(total=20)
    order_id = paid_order(issue)
    assert run_together(*[partial(settle, order_id)] * 8) == [None] * 8
    assert (counter(issue), DrawLog.objects.count(), InventoryItem.objects.count()) == (("open", 3, 0), 3, 3)
    deliver(now=NOW + 2 * MINUTE)
    assert violations() == []


def test_control_without_the_moved_order_only_the_draws_keys_stop_a_second_worker(monkeypatch):
    issue = open_box(total=20)
    order_id = paid_order(issue)
    monkeypatch.setattr(lifecycle, "complete", lambda **_: True)
    results = run_together(*[partial(settle, order_id)] * 8)
    assert errors(results, IntegrityError) == 7


def test_a_release_and_a_settlement_of_one_hold_meet():
    issue = open_box(total=20, last=False)
    for _ in range(10):
        order_id = paid_order(issue)
        release = partial(holds.release, order_id=order_id, now=NOW + 2 * MINUTE)
        assert errors(run_together(partial(settle, order_id), release), Exception) == 0
        if counter(issue)[1] >= 15:
            break
    assert counter(issue)[2] == 0
    deliver(now=NOW + 2 * MINUTE)
    assert violations() == []


# a player's numbers


def open_products_by_odds():
    rewards = [{**reward, "kind": "product", "points": None} for reward in odds_rewards(make_product())]
    rewards[-1]["product_id"] = rewards[0]["product_id"]
    issue = make_draft(make_activity(gameplay="infinite"), rewards)
    return opening.open_issue(issue_id=issue.pk, actor=SYSTEM, now=NOW)


def late_orders(issue, number):
    """Orders of one member that were paid after their holds lapsed, so that several wait to be drawn at once."""
    member, ids = make_member(), []
    for place in range(number):
        at = NOW + place * HOUR
        order_id = hold(member, issue, 2, now=at)
        lifecycle.close_if_expired(order_id=order_id, now=at + 4 * MINUTE)
        holds.release(order_id=order_id, now=at + 4 * MINUTE)
        ids.append(order_id)
    for order_id in ids:
        pay(order_id, now=NOW + MINUTE)
    return ids


def test_first_draws_of_one_member_at_once_take_contiguous_numbers():
    ids = late_orders(open_products_by_odds(), 4)
    assert run_together(*[partial(settle, order_id) for order_id in ids]) == [None] * 4
    assert sorted(DrawBatch.objects.values_list("first_seq", flat=True)) == [0, 2, 4, 6]
    assert DrawPlayer.objects.get().next_seq == 8
    assert [each for each in violations() if each.id != "X2"] == []  # WeChat is nowhere, so its events wait


def test_control_without_the_unique_player_numbers_repeat(monkeypatch):
    ids, meeting = late_orders(open_products_by_odds(), 4), Meeting(4)
    create = DrawPlayer.objects.create
    monkeypatch.setattr(DrawPlayer.objects, "create", lambda **columns: (meeting.wait(), create(**columns))[1])
    monkeypatch.setattr(allowances, "count_late", lambda bought: None)  # its rows would let one in after the other
    with without_unique(DrawPlayer, "issue_id", "member_id"):
        run_together(*[partial(settle, order_id) for order_id in ids])
        assert DrawPlayer.objects.count() > 1
