"""Quantity held for orders that wait for WeChat: guarded, never extended, released once (docs/fairness.md)."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from activities.enums import BatchStatus
from activities.errors import CoolingDown, HoldStillOpen
from activities.models import BoxTurn, DrawBatch
from activities.services import allocators, allowances, batches, terms
from activities.services.refusals import GRACE
from blindbox.common.errors import DomainError, Unavailable
from blindbox.common.retry import TryAgain, in_transaction
from orders import selectors as orders
from orders.services import lifecycle

STRIKES, STRIKE_WINDOW = 3, timedelta(hours=1)
RELEASE_AT_ONCE = 50
LOOK_AT, FREE_AT_MOST = 500, 5  # holds, others' too, within one buyer's request


class CounterOutOfStep(RuntimeError):
    """An issue holds less than its open orders do: D2 is broken, and a person must look before anything moves."""


class HoldTaken(Exception):
    """Never leaves the purchase: this member holds quantity of this issue already."""


def refuse_while_cooling_down(*, member_id: int, now: datetime) -> None:
    """:raises CoolingDown: after three unpaid or cancelled holds, or boxes taken and not used, in an hour"""
    since = now - STRIKE_WINDOW
    orders_left, turns_left = (
        each.objects.filter(member_id=member_id, lapsed_at__gt=since).values_list("lapsed_at", flat=True)
        for each in (DrawBatch, BoxTurn)
    )
    latest = list(orders_left.union(turns_left, all=True).order_by("-lapsed_at")[:STRIKES])
    if len(latest) == STRIKES and latest[-1] is not None:
        raise CoolingDown(until=latest[-1] + STRIKE_WINDOW)


@in_transaction
def release(*, order_id: int, now: datetime) -> bool:
    """Give an unpaid order's hold back, once: what the member may buy before batch and counter. Return whether held."""
    held = DrawBatch.objects.filter(order_id=order_id, status=BatchStatus.HELD)
    batch = held.first()
    if batch is None:
        return False
    allowances.give_back(allowances.of_batch(batch))
    if not held.update(status=BatchStatus.RELEASED, hold_slot=None, lapsed_at=now):
        raise TryAgain  # somebody else gave it back, or it was paid, between our two statements: look again
    promised = terms.of_issue(batch.issue_id)
    if not allocators.of(promised).release(batches.asked_by(batch, promised), now=now):
        raise CounterOutOfStep(batch.issue_id)
    return True


def make_room(*, member_id: int, issue_id: int, now: datetime) -> bool:
    """Release what stands in a purchase's way and waits for nothing any more. Return whether anything came free."""
    held = DrawBatch.objects.filter(issue_id=issue_id, hold_slot=1)
    freed = _release_given_up(held.filter(member_id=member_id), now=now)
    freed += _release_given_up(held.exclude(member_id=member_id), now=now)
    return bool(release_lapsed(issue_id=issue_id, now=now) + freed)


def own_hold_is_gone(*, member_id: int, issue_id: int, now: datetime) -> bool:
    """Release the member's hold if it waits for nothing; tell whether none is left, whoever gave it back."""
    _release_given_up(DrawBatch.objects.filter(member_id=member_id, issue_id=issue_id, hold_slot=1), now=now)
    release_lapsed(issue_id=issue_id, now=now)
    return _held_order(member_id, issue_id) is None


def _release_given_up(held: "QuerySet[DrawBatch]", *, now: datetime) -> int:
    """
    Release holds whose order was cancelled and for which WeChat takes no money, without waiting for the worker; return
    how many. Should money come after all, it is late money: served again or refunded.
    """
    order_ids = list(held.order_by("hold_expires_at").values_list("order_id", flat=True)[:LOOK_AT])
    gone = orders.given_up(order_ids, most=FREE_AT_MOST) if order_ids else []
    return sum(release(order_id=order_id, now=now) for order_id in gone)


def _held_order(member_id: int, issue_id: int) -> int | None:
    held = DrawBatch.objects.filter(member_id=member_id, issue_id=issue_id, hold_slot=1)
    return held.values_list("order_id", flat=True).first()


def still_open(*, member_id: int, issue_id: int) -> DomainError:
    """Return the refusal that names the order in the way; one that has gone meanwhile is a reason to try again."""
    order_id = _held_order(member_id, issue_id)
    if order_id is None:
        return Unavailable()
    order = orders.order(order_id)
    return HoldStillOpen(order_no=order.order_no, order_status=order.status)


def release_lapsed(*, issue_id: int, now: datetime) -> int:
    """Close an issue's overdue orders and release those past their grace; return how many holds came free."""
    overdue = DrawBatch.objects.filter(issue_id=issue_id, hold_slot=1, hold_expires_at__lte=now)
    batches = list(overdue.order_by("hold_expires_at").values_list("order_id", "hold_expires_at")[:RELEASE_AT_ONCE])
    return sum(_close_and_release(order_id, at, now=now) for order_id, at in batches if at is not None)


def _close_and_release(order_id: int, expired_at: datetime, *, now: datetime) -> bool:
    lifecycle.close_if_expired(order_id=order_id, now=now)
    if now < expired_at + GRACE or not lifecycle.is_closed(order_id=order_id):
        return False
    return release(order_id=order_id, now=now)
