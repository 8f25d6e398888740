"""The endgame guard: when the last ticket is sold nobody else holds one, so the Last prize is not won by waiting."""

import random

import pytest
from django.db import transaction

from activities import store
from activities.gameplay import registry
from activities.gameplay.base import Prize
from activities.models import IssueCounter
from tests.factories.activities import make_activity, make_draft

pytestmark = pytest.mark.django_db
BOXES, BUYERS = 60, 12


def prize(quantity, position="ticket"):
    return Prize(1, "A", "手办", "points", position, quantity, None)


@pytest.mark.parametrize(
    ("total", "largest", "guard"), [(20, 10, 10), (80, 10, 10), (1000, 10, 50), (1001, 10, 51), (5, 1, 1), (30, 0, 2)]
)
def test_the_guard_is_the_largest_order_or_five_percent(total, largest, guard):
    play = registry.get("ichiban")
    assert play.endgame([prize(total), prize(1, "last")], largest_order=largest) == guard
    assert play.endgame([prize(total), prize(1, "first")], largest_order=largest) == 0


@pytest.fixture
def counter():
    issue = make_draft(make_activity(), [])

    def counts(**columns):
        IssueCounter.objects.filter(pk=issue.pk).update(status="open", **columns)
        return issue.pk

    return counts


@pytest.mark.parametrize(
    ("sold", "reserved", "n", "fits"),
    [
        (0, 0, 10, True),  # 10 left = E
        (0, 0, 11, True),  # nobody else holds
        (0, 1, 9, True),
        (0, 1, 10, False),
        (10, 0, 10, True),
        (10, 0, 11, False),  # more than there is
        (10, 1, 1, False),
        (19, 0, 1, True),
        (20, 0, 1, False),
    ],
)
def test_hold_and_sale_share_one_predicate(counter, sold, reserved, n, fits):
    issue_id = counter(total=20, endgame=10, sold=sold, reserved=reserved)
    for take in (store.hold, store.sell):
        with transaction.atomic():
            assert bool(take(issue_id, n)) is fits
            transaction.set_rollback(True)


@pytest.mark.parametrize("status", ["draft", "closing", "closed"])
def test_only_an_open_issue_is_held_or_sold(counter, status):
    issue_id = counter(total=20, endgame=0)
    IssueCounter.objects.update(status=status)
    assert not (store.hold(issue_id, 1) or store.sell(issue_id, 1))


def test_no_more_is_released_or_sold_than_is_held(counter):
    issue_id = counter(total=20, endgame=0, reserved=2)
    assert not (store.release(issue_id, 3) or store.sell_held(issue_id, 3))
    assert (store.sell_held(issue_id, 1), store.release(issue_id, 1)) == (1, True)
    found = store.count(issue_id)
    assert (found.status, found.total, found.sold, found.reserved) == ("open", 20, 1, 0)


def play_box(issue_id, rng):
    """Let buyers hold, pay and lapse at random until the box is sold; return who held when the last ticket went."""
    held: dict[int, int] = {}
    while True:
        buyer, n = rng.randrange(BUYERS), rng.randint(1, 10)
        if buyer not in held:
            if store.hold(issue_id, n):
                held[buyer] = n
            continue
        n = held.pop(buyer)
        if rng.random() < 0.5:
            assert store.release(issue_id, n)
            continue
        assert store.sell_held(issue_id, n)
        count = store.count(issue_id)
        assert count.reserved == sum(held.values())
        if count.sold == count.total:
            return held


def test_when_the_last_ticket_sells_no_other_hold_exists(counter):
    rng = random.Random(20261122)
    for _ in range(BOXES):
        assert play_box(counter(total=40, endgame=10, sold=0, reserved=0), rng) == {}


def test_control_without_the_guard_two_hold_at_the_end(counter):
    """Whoever of them paid later would take the Last prize."""
    issue_id = counter(total=40, endgame=0, sold=38, reserved=0)
    assert [store.hold(issue_id, 1), store.hold(issue_id, 1)] == [True, True]
    IssueCounter.objects.update(endgame=10, reserved=0)
    assert [store.hold(issue_id, 1), store.hold(issue_id, 1)] == [True, False]
