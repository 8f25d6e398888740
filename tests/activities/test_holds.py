"""Quantity held for orders that wait for WeChat (docs/fairness.md)."""

from datetime import timedelta

import pytest
from django.db import transaction

from activities import handlers, store
from activities.errors import (
    AllReserved,
    BoxLocked,
    CoolingDown,
    DayRevealed,
    HoldStillOpen,
    IssueSoldOut,
    NotEnoughLeft,
)
from activities.models import DrawBatch, DrawLog, IssueCounter
from activities.services import box_turns, closing, days, draws, holds, terms
from blindbox.common.invariants import violations
from blindbox.system.audit import SYSTEM
from orders.events import OrderClosed, PaymentClosed
from orders.models import Order, Payment, Refund
from orders.services import lifecycle
from tests.factories.activities import NOW, open_box, open_odds
from tests.factories.draws import CHECKS, buy, hold, pay, settle

pytestmark = pytest.mark.django_db
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
EXPIRY, FREE = NOW + 3 * MINUTE, NOW + 4 * MINUTE


@pytest.fixture
def open_end(db):
    """A box of ten without a Last prize, so without an endgame guard."""
    return open_box(total=10, last=False)


def counter(issue):
    return IssueCounter.objects.values_list("sold", "reserved").get(pk=issue.pk)


def lapse(order_id, *, now):
    """Close an unpaid order and release its hold."""
    lifecycle.close_if_expired(order_id=order_id, now=now)
    holds.release(order_id=order_id, now=now)


def orders():
    return Order.objects.count(), DrawBatch.objects.count(), Payment.objects.count()


def test_a_hold_reserves_and_waits_for_the_hold_time_of_the_terms(member, box):
    order_id = hold(member, box, 3, now=NOW)
    batch, payment = DrawBatch.objects.get(), Payment.objects.get()
    assert counter(box) == (0, 3)
    assert (batch.status, batch.hold_slot, batch.hold_expires_at, batch.settled_at) == ("held", 1, EXPIRY, None)
    assert (Order.objects.get(pk=order_id).expires_at, payment.expires_at, payment.amount_fen) == (
        EXPIRY,
        EXPIRY,
        18_000,
    )
    assert DrawLog.objects.count() == 0


def test_a_member_holds_an_issue_once(member, make_member, box):
    hold(member, box, 1, now=NOW)
    before = orders()
    with pytest.raises(HoldStillOpen) as refusal:
        hold(member, box, 1, now=NOW)
    assert refusal.value.details == {"order_no": Order.objects.get().order_no, "order_status": "pending"}
    assert (orders(), counter(box)) == (before, (0, 1))
    other = open_box(name="森林")
    hold(member, other, 1, now=NOW)
    assert counter(other) == (0, 1)


def test_an_open_hold_does_not_stop_a_purchase_by_points(member):
    issue = open_box(total=20, last=False)
    hold(member, issue, 1, now=NOW)
    buy(member, issue, 1, now=NOW)
    assert counter(issue) == (1, 1)


def test_a_released_hold_makes_room_for_the_next(member, box):
    lapse(hold(member, box, 1, now=NOW), now=FREE)
    hold(member, box, 2, now=FREE)
    assert counter(box) == (0, 2)


def test_a_hold_is_released_once(member, box):
    order_id = hold(member, box, 3, now=NOW)
    lifecycle.close_if_expired(order_id=order_id, now=EXPIRY)
    assert holds.release(order_id=order_id, now=EXPIRY) is True
    assert holds.release(order_id=order_id, now=FREE) is False
    batch = DrawBatch.objects.get()
    assert (counter(box), batch.status, batch.lapsed_at, batch.hold_slot) == ((0, 0), "released", EXPIRY, None)


def test_events_release_it_when_wechat_says_so_or_stays_silent(member, make_member, box):
    closed, silent = hold(member, box, 1, now=NOW), hold(make_member(), box, 2, now=NOW)
    for source in ("mall", "draw"):
        handlers.release_hold(PaymentClosed(key="p", order_id=closed, source=source), now=EXPIRY)
        assert counter(box) == (0, 3 if source == "mall" else 2)
    lifecycle.close_if_expired(order_id=silent, now=EXPIRY)
    handlers.release_hold_in_time(OrderClosed(key="o", order_id=silent, source="mall"), now=FREE)
    handlers.release_hold_in_time(OrderClosed(key="o", order_id=silent, source="draw"), now=FREE)
    assert counter(box) == (0, 0)


def cancel(order_id, *, now):
    order = Order.objects.get(pk=order_id)
    lifecycle.cancel(member_id=order.member_id, order_no=order.order_no, now=now)


def announce(order_id):
    """Let WeChat know of an order, as prepaying does."""
    Payment.objects.filter(order_id=order_id).update(prepay_id="wx1")


def test_a_cancelled_order_that_wechat_never_heard_of_makes_room_for_the_next(member, box):
    given_up = hold(member, box, 3, now=NOW)
    cancel(given_up, now=NOW + SECOND)
    hold(member, box, 2, now=NOW + 2 * SECOND)
    batch = DrawBatch.objects.get(order_id=given_up)
    assert (counter(box), batch.status, batch.lapsed_at) == ((0, 2), "released", NOW + 2 * SECOND)
    assert violations(["D2", "D11", "P6"]) == []


def test_a_cancelled_order_that_can_still_be_paid_does_not(member, box):
    given_up = hold(member, box, 3, now=NOW)
    announce(given_up)
    cancel(given_up, now=NOW + SECOND)
    with pytest.raises(HoldStillOpen) as refusal:
        hold(member, box, 2, now=NOW + 2 * SECOND)
    assert refusal.value.details["order_status"] == "closed"
    assert counter(box) == (0, 3)
    lifecycle.payment_closed(payment_id=Payment.objects.get().pk, now=NOW + 3 * SECOND)
    hold(member, box, 2, now=NOW + 4 * SECOND)
    assert counter(box) == (0, 2)


@pytest.mark.parametrize(("how", "then"), [(hold, (0, 2)), (buy, (2, 0))])
def test_what_others_cancelled_makes_room_at_once(member, make_member, open_end, how, then):
    for order_id in [hold(make_member(), open_end, n, now=NOW) for n in (5, 4)]:
        cancel(order_id, now=NOW + SECOND)
    how(member, open_end, 2, now=NOW + SECOND)
    assert (counter(open_end), DrawBatch.objects.filter(status="released").count()) == (then, 2)
    assert violations(CHECKS) == []


def test_what_others_still_wait_for_or_can_still_pay_is_not_taken(member, make_member, open_end):
    _, announced = (hold(make_member(), open_end, n, now=NOW) for n in (5, 4))
    announce(announced)
    cancel(announced, now=NOW)
    with pytest.raises(AllReserved):
        hold(member, open_end, 2, now=NOW + SECOND)
    assert (Order.objects.count(), counter(open_end)) == (2, (0, 9))


def test_an_order_that_was_cancelled_before_the_next_counts_as_a_lapse(member, open_end):
    for seconds in range(3):
        cancel(hold(member, open_end, 1, now=NOW + seconds * SECOND), now=NOW + seconds * SECOND)
    before = orders()
    with pytest.raises(CoolingDown):
        hold(member, open_end, 1, now=NOW + 3 * SECOND)
    assert (orders(), counter(open_end)) == (before, (0, 0))


def test_a_paid_order_keeps_its_quantity_until_it_is_drawn(member, open_end):
    order_id = hold(member, open_end, 3, now=NOW)
    pay(order_id, now=NOW + SECOND)
    with pytest.raises(HoldStillOpen) as refusal:
        hold(member, open_end, 1, now=NOW + 2 * SECOND)
    assert (refusal.value.details["order_status"], counter(open_end)) == ("paid", (0, 3))


def test_a_hold_that_went_meanwhile_is_a_reason_to_try_again(member, box):
    refusal = holds.still_open(member_id=member.pk, issue_id=box.pk)
    assert (refusal.code, refusal.status) == ("common.busy", 503)


def test_a_counter_that_lost_a_hold_is_not_papered_over(member, box):
    order_id = hold(member, box, 3, now=NOW)
    IssueCounter.objects.update(reserved=1)
    with pytest.raises(holds.CounterOutOfStep):
        holds.release(order_id=order_id, now=FREE)
    assert DrawBatch.objects.get().status == "held"


def test_three_lapses_in_an_hour_cool_a_member_down(member, make_member, open_end):
    for minutes in (0, 10, 20):
        at = NOW + minutes * MINUTE
        lapse(hold(member, open_end, 1, now=at), now=at + 4 * MINUTE)
    before = orders()
    with pytest.raises(CoolingDown) as refusal:
        hold(member, open_end, 1, now=NOW + 25 * MINUTE)
    assert refusal.value.details == {"until": NOW + 64 * MINUTE}
    assert (orders(), counter(open_end)) == (before, (0, 0))
    with pytest.raises(CoolingDown):
        hold(member, open_box(name="森林"), 1, now=NOW + 64 * MINUTE - SECOND)
    hold(make_member(), open_end, 1, now=NOW + 25 * MINUTE)
    hold(member, open_end, 1, now=NOW + 64 * MINUTE)
    assert counter(open_end) == (0, 2)


def test_two_lapses_in_an_hour_do_not(member, open_end):
    for minutes in (0, 30, 61):
        at = NOW + minutes * MINUTE
        lapse(hold(member, open_end, 1, now=at), now=at + 4 * MINUTE)
    hold(member, open_end, 1, now=NOW + 70 * MINUTE)
    assert counter(open_end) == (0, 1)


def test_late_money_that_was_served_is_no_lapse(member, open_end):
    for start in (NOW, NOW + 5 * MINUTE, NOW + 10 * MINUTE):
        order_id = hold(member, open_end, 1, now=start)
        lapse(order_id, now=start + 4 * MINUTE)
        pay(order_id, now=start + 4 * MINUTE)
        settle(order_id, now=start + 4 * MINUTE, late=True)
    assert counter(open_end) == (3, 0)
    hold(member, open_end, 1, now=NOW + 15 * MINUTE)


def test_late_money_buys_nothing_after_the_published_end(member, make_member):
    issue = open_box(total=20, ends_at=NOW + 5 * MINUTE)
    lapsed, held = hold(member, issue, 1, now=NOW), hold(make_member(), issue, 1, now=NOW + 4 * MINUTE)
    lapse(lapsed, now=FREE)
    for order_id in (lapsed, held):
        pay(order_id, now=NOW + 5 * MINUTE)
        settle(order_id, now=NOW + 5 * MINUTE)
    assert (counter(issue), DrawLog.objects.count()) == ((1, 0), 1)
    assert Refund.objects.get().order_id == lapsed
    assert violations(CHECKS) == []


def test_points_are_drawn_while_cooling_down(member, open_end):
    for minutes in (0, 10, 20):
        at = NOW + minutes * MINUTE
        lapse(hold(member, open_end, 1, now=at), now=at + 4 * MINUTE)
    buy(member, open_end, 1, now=NOW + 25 * MINUTE)
    assert counter(open_end) == (1, 0)


def test_sold_out_is_said_only_when_everything_is_sold(member, make_member, open_end):
    order_id = hold(member, open_end, 10, now=NOW)
    other = make_member(points_balance=10_000)
    for attempt in (hold, buy):
        with pytest.raises(AllReserved) as refusal:
            attempt(other, open_end, 1, now=NOW + MINUTE)
        assert refusal.value.details == {"retry_at": FREE}
    assert (counter(open_end), Order.objects.count()) == ((0, 10), 1)
    pay(order_id, now=NOW + MINUTE)
    settle(order_id, now=NOW + MINUTE)
    for attempt in (hold, buy):
        with pytest.raises(IssueSoldOut):
            attempt(other, open_end, 1, now=NOW + MINUTE)
    assert (counter(open_end), Order.objects.count()) == ((10, 0), 1)


def test_more_than_is_left_is_told_with_the_number(member, make_member):
    issue = open_box(total=3, last=False)
    hold(make_member(), issue, 2, now=NOW)
    for attempt in (hold, buy):
        with pytest.raises(NotEnoughLeft) as refusal:
            attempt(member, issue, 4, now=NOW)
        assert refusal.value.details == {"left": 3}


def test_a_refused_reserve_releases_expired_holds_and_tries_once_more(member, make_member, open_end):
    first = hold(member, open_end, 10, now=NOW)
    buyer = make_member(points_balance=10_000)
    with pytest.raises(AllReserved):
        buy(buyer, open_end, 1, now=FREE - SECOND)
    assert Order.objects.get(pk=first).status == "closed"  # WeChat has the rest of its minute
    buy(buyer, open_end, 1, now=FREE)
    assert (counter(open_end), DrawBatch.objects.get(order_id=first).status) == ((1, 0), "released")
    assert violations(CHECKS) == []


def test_a_members_own_expired_hold_does_not_stop_the_next(member, open_end):
    hold(member, open_end, 1, now=NOW)
    with pytest.raises(HoldStillOpen):
        hold(member, open_end, 1, now=FREE - SECOND)
    hold(member, open_end, 2, now=FREE)
    assert counter(open_end) == (0, 2)


def test_what_is_paid_is_not_released_as_expired(member, make_member, open_end):
    order_id = hold(member, open_end, 10, now=NOW)
    pay(order_id, now=NOW + MINUTE)
    with pytest.raises(AllReserved):
        buy(make_member(points_balance=600), open_end, 1, now=FREE)
    assert counter(open_end) == (0, 10)
    settle(order_id, now=FREE)
    assert counter(open_end) == (10, 0)


def test_paid_in_time_it_is_drawn_once(member, box):
    order_id = hold(member, box, 3, now=NOW)
    pay(order_id, now=NOW + MINUTE)
    for _ in range(3):
        settle(order_id, now=NOW + MINUTE)
    assert (counter(box), DrawLog.objects.count(), Order.objects.get().status) == ((3, 0), 3, "completed")
    assert violations(CHECKS) == []


def test_paid_late_it_is_drawn_if_it_still_can_be(member, box):
    order_id = hold(member, box, 3, now=NOW)
    lapse(order_id, now=FREE)
    pay(order_id, now=FREE + MINUTE)
    settle(order_id, now=FREE + MINUTE, late=True)
    assert (counter(box), Order.objects.get().status, DrawBatch.objects.get().status) == (
        (3, 0),
        "completed",
        "settled",
    )
    assert (Refund.objects.count(), violations(CHECKS)) == (0, [])


def late_and_refused(member, issue, order_id, *, now):
    pay(order_id, now=now)
    settle(order_id, now=now, late=True)
    assert (Order.objects.get(pk=order_id).status, Refund.objects.get().reason) == ("refunding", "late")
    assert DrawLog.objects.filter(batch__order_id=order_id).count() == 0
    assert violations(CHECKS) == []


def test_paid_late_and_sold_out_it_goes_back(member, make_member, open_end):
    order_id = hold(member, open_end, 1, now=NOW)
    lapse(order_id, now=FREE)
    buy(make_member(points_balance=10_000), open_end, 10, now=FREE)
    late_and_refused(member, open_end, order_id, now=FREE + MINUTE)


def test_paid_late_it_is_never_served_in_part(member, make_member, open_end):
    order_id = hold(member, open_end, 2, now=NOW)
    lapse(order_id, now=FREE)
    buy(make_member(points_balance=10_000), open_end, 9, now=FREE)
    late_and_refused(member, open_end, order_id, now=FREE + MINUTE)
    assert counter(open_end) == (9, 0)


def test_paid_late_into_a_closed_issue_it_goes_back(member, box):
    order_id = hold(member, box, 1, now=NOW)
    lapse(order_id, now=FREE)
    closing.close(issue_id=box.pk, actor=SYSTEM, now=FREE)
    late_and_refused(member, box, order_id, now=FREE + MINUTE)


def test_a_locked_box_whose_hold_lapsed_is_free_for_the_next_without_a_worker(member, make_member):
    issue = open_box(total=20, config={"box_lock": {"seconds": 60}})
    promised = terms.of_issue(issue.pk)
    with transaction.atomic():
        assert store.take(issue.pk)
        box_turns.join(promised, member.pk, now=NOW)
    hold(member, issue, 3, now=NOW)
    other = make_member(points_balance=10_000)
    with pytest.raises(BoxLocked):
        buy(other, issue, 1, now=FREE - SECOND)
    assert counter(issue) == (0, 3)
    buy(other, issue, 1, now=FREE)
    assert counter(issue) == (1, 0)
    assert violations(CHECKS) == []


def test_held_through_closing_it_is_drawn(member):
    issue = open_box(total=20, ends_at=NOW + SECOND)
    order_id = hold(member, issue, 2, now=NOW)
    assert closing.close(issue_id=issue.pk, actor=SYSTEM, now=NOW + SECOND) == "closing"
    pay(order_id, now=NOW + MINUTE)
    settle(order_id, now=NOW + MINUTE)
    assert counter(issue) == (2, 0)
    assert closing.finish(issue_id=issue.pk, now=NOW + MINUTE) is True
    assert violations(CHECKS) == []


def test_a_day_is_drawn_by_the_day_it_was_paid(member):
    issue = open_odds()
    order_id = hold(member, issue, 2, now=NOW)
    days.turn(now=NOW)
    pay(order_id, paid_at=NOW + MINUTE, now=NOW + timedelta(days=1))
    days.turn(now=NOW + timedelta(days=1))  # a paid order of that day is unsettled: nothing is revealed
    settle(order_id, now=NOW + timedelta(days=1))
    assert DrawBatch.objects.get().day.isoformat() == "2026-11-22"
    assert violations(CHECKS) == []


def test_what_becomes_known_only_after_the_reveal_goes_back(member):
    issue = open_odds()
    days.turn(now=NOW)
    order_id = hold(member, issue, 2, now=NOW)
    lapse(order_id, now=FREE)
    days.turn(now=NOW + timedelta(days=1))
    pay(order_id, paid_at=NOW + MINUTE, now=NOW + timedelta(days=1))
    with pytest.raises(DayRevealed, match="2026-11-22"):
        draws.settle_order(order_id=order_id, paid_at=NOW + MINUTE, now=NOW + timedelta(days=1))
    settle(order_id, now=NOW + timedelta(days=1))
    assert (counter(issue), Order.objects.get().status) == ((0, 0), "refunding")
    assert violations(CHECKS) == []
