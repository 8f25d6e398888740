"""A whole box for one member at a time, first come, first served."""

import secrets
from datetime import timedelta

import pytest

from activities.enums import LockState
from activities.errors import (
    BoxLocked,
    BoxLockNotOffered,
    CoolingDown,
    IssueNotOpen,
    IssueSoldOut,
)
from activities.models import BoxTurn, DrawBatch, DrawLog, IssueCounter
from activities.services import box_locks, closing, holds, terms
from blindbox.common.invariants import violations
from blindbox.system.audit import SYSTEM
from blindbox.system.idempotency import Claim
from orders.models import Order
from orders.services import lifecycle
from tests.factories.activities import NOW, open_box
from tests.factories.draws import CHECKS, buy, hold, pay, settle

pytestmark = pytest.mark.django_db
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
T = timedelta(seconds=120)


@pytest.fixture
def lockable(db):
    return open_box(total=20, last=False, config={"box_lock": True})


@pytest.fixture
def trio(make_member):
    """Three members with points, in the order in which they will come."""
    return [make_member(points_balance=100_000) for _ in range(3)]


def take(member, issue, now=NOW, key=None):
    claim = Claim("member", member.pk, key or secrets.token_hex(8), "f" * 64)
    return box_locks.take(member_id=member.pk, activity_id=issue.activity_id, issue_id=issue.pk, claim=claim, now=now)


def leave(member, issue, now=NOW):
    box_locks.let_go(member_id=member.pk, activity_id=issue.activity_id, issue_id=issue.pk, now=now)


def seen(member, issue, now=NOW):
    lock = box_locks.seen_by(member.pk, terms.of_issue(issue.pk), now=now)
    return lock.state, lock.position, lock.until, lock.queue_length


def locked(issue):
    return IssueCounter.objects.values_list("locked_by", "locked_until").get(pk=issue.pk)


def refused(member, issue, now, how=buy):
    before = (DrawLog.objects.count(), Order.objects.count(), locked(issue))
    with pytest.raises(BoxLocked) as refusal:
        how(member, issue, 1, now=now)
    assert (DrawLog.objects.count(), Order.objects.count(), locked(issue)) == before
    return refusal.value


def test_the_first_has_the_box_to_himself(lockable, trio):
    first, second, third = trio
    take(first, lockable)
    take(second, lockable)
    take(third, lockable)
    assert seen(first, lockable) == (LockState.HOLDING, 0, NOW + T, 3)
    assert seen(second, lockable) == (LockState.WAITING, 1, NOW + T, 3)
    buy(first, lockable, 2, now=NOW + SECOND)
    refusal = refused(second, lockable, NOW + SECOND)
    assert (refusal.code, str(refusal)) == ("draw.box_locked", "整箱正由其他用户独占，请排队等候")
    assert refusal.details == {"until": NOW + T, "position": 1, "queue_length": 3}
    refused(third, lockable, NOW + SECOND, how=hold)
    assert violations(CHECKS) == []


def test_who_is_not_in_the_queue_is_refused_too(lockable, trio, make_member):
    take(trio[0], lockable)
    refusal = refused(make_member(points_balance=600), lockable, NOW)
    assert refusal.details == {"until": NOW + T, "position": None, "queue_length": 1}


def test_without_a_lock_everybody_buys(lockable, trio):
    for member in trio:
        buy(member, lockable, 1, now=NOW)
    assert (locked(lockable), BoxTurn.objects.count()) == ((None, None), 0)


def test_the_turn_passes_to_the_next_in_the_order_of_coming(lockable, trio):
    first, second, third = trio
    for member in trio:
        take(member, lockable)
    refused(second, lockable, NOW + T - SECOND)
    buy(second, lockable, 1, now=NOW + T)
    assert locked(lockable) == (second.pk, NOW + 2 * T)
    refused(first, lockable, NOW + T)
    refused(third, lockable, NOW + T)
    assert seen(third, lockable, NOW + T) == (LockState.WAITING, 1, NOW + 2 * T, 2)
    buy(third, lockable, 1, now=NOW + 2 * T)
    buy(first, lockable, 1, now=NOW + 3 * T)  # nobody waits any more
    assert locked(lockable) == (None, None)
    assert violations(CHECKS) == []


def test_whose_time_is_over_needs_a_new_turn_while_others_wait(lockable, trio):
    first, second, _ = trio
    take(first, lockable)
    take(second, lockable)
    buy(first, lockable, 1, now=NOW + T - SECOND)
    assert refused(first, lockable, NOW + T).details == {"until": NOW + 2 * T, "position": None, "queue_length": 1}
    take(first, lockable, now=NOW + T)
    assert seen(first, lockable, NOW + T) == (LockState.WAITING, 1, NOW + 2 * T, 2)


def test_letting_go_passes_the_box_on_at_once(lockable, trio):
    first, second, third = trio
    for member in trio:
        take(member, lockable)
    leave(second, lockable, NOW + SECOND)
    assert seen(third, lockable, NOW + SECOND) == (LockState.WAITING, 1, NOW + T, 2)
    leave(first, lockable, NOW + 2 * SECOND)
    assert seen(third, lockable, NOW + 2 * SECOND) == (LockState.HOLDING, 0, NOW + 2 * SECOND + T, 1)
    leave(third, lockable, NOW + 3 * SECOND)
    leave(third, lockable, NOW + 3 * SECOND)
    assert (locked(lockable), BoxTurn.objects.filter(slot=1).count()) == ((None, None), 0)
    assert violations(CHECKS) == []


def test_what_others_hold_is_waited_for(lockable, trio):
    first, second, third = trio
    order_id = hold(first, lockable, 2, now=NOW)
    take(second, lockable)
    assert seen(second, lockable) == (LockState.WAITING, 0, None, 1)
    refused(third, lockable, NOW)
    pay(order_id, now=NOW + MINUTE)
    settle(order_id, now=NOW + MINUTE)
    assert seen(second, lockable, NOW + MINUTE) == (LockState.HOLDING, 0, NOW + MINUTE + T, 1)
    assert locked(lockable) == (second.pk, NOW + MINUTE + T)
    assert violations(CHECKS) == []


def test_a_hold_that_lapses_makes_the_box_free_for_the_first_who_waits(lockable, trio):
    first, second, _ = trio
    order_id = hold(first, lockable, 2, now=NOW)
    take(second, lockable)
    lifecycle.close_if_expired(order_id=order_id, now=NOW + 3 * MINUTE)
    holds.release(order_id=order_id, now=NOW + 4 * MINUTE)
    assert locked(lockable) == (second.pk, NOW + 4 * MINUTE + T)
    assert violations(CHECKS) == []


def test_an_overdue_hold_is_released_for_whoever_wants_the_box(lockable, trio):
    hold(trio[0], lockable, 2, now=NOW)
    take(trio[1], lockable, now=NOW + 4 * MINUTE)
    assert seen(trio[1], lockable, NOW + 4 * MINUTE) == (LockState.HOLDING, 0, NOW + 4 * MINUTE + T, 1)


def test_a_turn_lasts_until_its_order_is_paid_or_lapses(lockable, trio):
    first, second, _ = trio
    take(first, lockable)
    take(second, lockable)
    order_id = hold(first, lockable, 2, now=NOW + T - SECOND)
    late = NOW + T + 30 * SECOND
    refused(second, lockable, late)
    assert seen(second, lockable, late) == (LockState.WAITING, 1, NOW + T, 2)
    pay(order_id, now=late)
    settle(order_id, now=late)
    assert seen(second, lockable, late) == (LockState.HOLDING, 0, late + T, 1)
    buy(second, lockable, 1, now=late)
    assert violations(CHECKS) == []


def test_joining_again_keeps_ones_place_and_a_key_joins_once(lockable, trio):
    first, second, _ = trio
    take(first, lockable)
    assert (take(second, lockable, key="k").replayed, take(second, lockable, key="k").replayed) == (False, True)
    take(second, lockable)
    assert list(BoxTurn.objects.order_by("place").values_list("member_id", "place")) == [(first.pk, 1), (second.pk, 2)]


def test_late_money_does_not_break_into_somebody_elses_turn(lockable, trio):
    first, second, _ = trio
    order_id = hold(first, lockable, 2, now=NOW)
    lifecycle.close_if_expired(order_id=order_id, now=NOW + 3 * MINUTE)
    holds.release(order_id=order_id, now=NOW + 4 * MINUTE)
    take(second, lockable, now=NOW + 4 * MINUTE)
    pay(order_id, now=NOW + 5 * MINUTE)
    settle(order_id, now=NOW + 5 * MINUTE, late=True)
    assert (Order.objects.get(pk=order_id).status, DrawLog.objects.count()) == ("refunding", 0)
    assert violations(CHECKS) == []


def test_three_turns_left_unused_cool_a_member_down_for_every_hold(lockable, trio):
    first, second, _ = trio
    for n in range(3):
        moment = NOW + n * MINUTE
        take(first, lockable, now=moment)
        leave(first, lockable, moment + SECOND)
    moment = NOW + 3 * MINUTE
    for ask in (lambda: take(first, lockable, now=moment), lambda: hold(first, lockable, 1, now=moment)):
        with pytest.raises(CoolingDown) as refusal:
            ask()
        assert refusal.value.details["until"] == NOW + SECOND + timedelta(hours=1)
    assert BoxTurn.objects.filter(lapsed_at__isnull=False).count() == 3
    take(first, lockable, now=NOW + timedelta(hours=1, seconds=2))


def test_turns_that_ran_out_count_and_orders_left_unpaid_with_them(lockable, trio):
    first, second, _ = trio
    order_id = hold(first, lockable, 1, now=NOW)
    lifecycle.close_if_expired(order_id=order_id, now=NOW + 3 * MINUTE)
    holds.release(order_id=order_id, now=NOW + 4 * MINUTE)
    take(first, lockable, now=NOW + 5 * MINUTE)
    take(first, lockable, now=NOW + 8 * MINUTE)
    with pytest.raises(CoolingDown):
        take(first, lockable, now=NOW + 12 * MINUTE)


def test_a_turn_that_was_used_is_no_strike(lockable, trio):
    first, _, _ = trio
    for n in range(4):
        moment = NOW + n * MINUTE
        take(first, lockable, now=moment)
        buy(first, lockable, 1, now=moment)
        leave(first, lockable, moment + SECOND)
    assert BoxTurn.objects.filter(lapsed_at__isnull=False).count() == 0


def test_waiting_and_giving_up_is_no_strike(lockable, trio):
    take(trio[0], lockable)
    take(trio[1], lockable)
    leave(trio[1], lockable)
    assert BoxTurn.objects.get(member=trio[1]).lapsed_at is None


def test_sold_out_the_queue_is_over(lockable, trio):
    first, second, _ = trio
    take(first, lockable)
    take(second, lockable)
    buy(first, lockable, 10, now=NOW)
    buy(first, lockable, 10, now=NOW)
    assert (locked(lockable), BoxTurn.objects.filter(slot=1).count()) == ((None, None), 0)
    assert BoxTurn.objects.filter(lapsed_at__isnull=False).count() == 0
    with pytest.raises(IssueSoldOut):
        take(second, lockable)
    assert violations(CHECKS) == []


def test_closed_the_queue_is_over(lockable, trio):
    take(trio[0], lockable)
    take(trio[1], lockable)
    closing.close(issue_id=lockable.pk, actor=SYSTEM, now=NOW)
    assert (locked(lockable), BoxTurn.objects.filter(slot=1).count()) == ((None, None), 0)
    with pytest.raises(IssueNotOpen):
        take(trio[2], lockable)
    leave(trio[0], lockable)
    assert violations(CHECKS) == []


def test_a_box_is_locked_only_where_the_shop_says_so(box, trio):
    for ask in (take, leave):
        with pytest.raises(BoxLockNotOffered, match="本期不支持锁箱"):
            ask(trio[0], box)
    assert box_locks.seen_by(trio[0].pk, terms.of_issue(box.pk), now=NOW) is None


def test_the_shop_says_for_how_long(trio):
    issue = open_box(total=20, config={"box_lock": {"seconds": 30}})
    take(trio[0], issue)
    assert seen(trio[0], issue) == (LockState.HOLDING, 0, NOW + 30 * SECOND, 1)


def test_looking_writes_nothing(lockable, trio):
    take(trio[0], lockable)
    take(trio[1], lockable)
    before = (list(BoxTurn.objects.values()), locked(lockable))
    assert seen(trio[1], lockable, NOW + T) == (LockState.HOLDING, 0, NOW + 2 * T, 1)
    assert (list(BoxTurn.objects.values()), locked(lockable)) == before


def forget_the_queue(issue):
    BoxTurn.objects.filter(issue=issue).update(slot=None, ended_at=NOW)


def lock_for_another(issue):
    IssueCounter.objects.filter(pk=issue.pk).update(locked_by=10**6)


@pytest.mark.parametrize("plant", [forget_the_queue, lock_for_another])
def test_the_checks_see_a_lock_that_is_not_the_queues(lockable, trio, plant):
    take(trio[0], lockable)
    assert violations(["D12"]) == []
    plant(lockable)
    assert [each.id for each in violations(["D12"])] == ["D12"]


def test_a_purchase_in_ones_turn_is_an_ordinary_one(lockable, trio):
    take(trio[0], lockable)
    buy(trio[0], lockable, 3, now=NOW)
    assert DrawBatch.objects.get().count == 3
