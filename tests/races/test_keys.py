"""One key space: a purchase and another command of the same member meet under one key, and one of them is done."""

from functools import partial

import pytest

from activities.models import DrawLog
from activities.services import purchases
from activities.services.purchases import Purchase
from blindbox.common.invariants import violations
from blindbox.system import idempotency
from blindbox.system.idempotency import Claim, KeyInFlight, KeyMismatch, Outcome
from blindbox.system.models import IdempotencyKey
from orders.enums import PayWith
from orders.models import Order
from orders.services import lifecycle
from tests.factories.accounts import make_member
from tests.factories.activities import NOW, open_box
from tests.factories.orders import buy
from tests.races.conftest import Meeting, run_together
from tests.races.guards import without_unique

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
ROUNDS = 10


def claim(member, request):
    return Claim("member", member.pk, "same key", request * 64)


def draw(member, issue):
    wish = purchases.Wish(issue.pk, 1, PayWith.POINTS, "nonce")
    bought = claim(member, "d")
    return purchases.buy(member_id=member.pk, activity_id=issue.activity_id, wish=wish, claim=bought, now=NOW)


def cancel(member, order):
    def effect():
        return lifecycle.cancel(member_id=member.pk, order_no=order.order_no, now=NOW)

    return idempotency.run_once(claim=claim(member, "c"), effect=effect, now=NOW, status=200)


def effects(order):
    """Return whether the order was cancelled, and how many draws there are."""
    return Order.objects.get(pk=order.pk).status == "closed", DrawLog.objects.count()


def test_a_purchase_and_a_cancellation_under_one_key_are_one_effect():
    issue, drawn = open_box(total=100, last=False), 0
    for _ in range(ROUNDS):
        member = make_member(points_balance=600)
        order = buy(member, issue)
        results = run_together(partial(draw, member, issue), partial(cancel, member, order))
        done = [result for result in results if isinstance(result, Purchase | Outcome)]
        refused = [result for result in results if isinstance(result, KeyMismatch | KeyInFlight)]
        assert (len(done), len(refused)) == (1, 1), results
        drawn += isinstance(done[0], Purchase)
        assert effects(order) == (isinstance(done[0], Outcome), drawn)
        assert IdempotencyKey.objects.filter(actor_id=member.pk, key="same key").count() == 1
    assert violations(["X1", "P6", "D2"]) == []


def test_control_without_the_unique_key_both_are_done(monkeypatch):
    issue, member = open_box(total=100, last=False), make_member(points_balance=600)
    order = buy(member, issue)
    meeting, take = Meeting(2), idempotency.take

    def take_together(*args, **named):
        taken = take(*args, **named)
        meeting.wait()
        return taken

    monkeypatch.setattr(idempotency, "take", take_together)
    with without_unique(IdempotencyKey, "realm", "actor_id", "key"):
        results = run_together(partial(draw, member, issue), partial(cancel, member, order))
        assert [type(result) for result in results] == [Purchase, Outcome]
        assert effects(order) == (True, 1)
        assert [each.id for each in violations(["X1"])] == ["X1"]
