"""Sessions of cards over real connections: the last units of a limited tier, each race with a control."""

from functools import partial

import pytest
from django.db import connection

from activities import store
from activities.errors import AllReserved, CannotServe, IssuePaused
from activities.models import DrawBatch, DrawLog, DrawPlayer, IssueCounter, RewardStock
from activities.services import opening
from blindbox.common.invariants import violations
from blindbox.system.audit import SYSTEM
from orders.enums import PayWith
from orders.models import InventoryItem
from tests.factories.accounts import make_member
from tests.factories.activities import NOW, make_activity, make_draft, make_product
from tests.factories.cards import BY_PAIRS, open_goods, play
from tests.factories.draws import pay, settle
from tests.factories.orders import deliver
from tests.races.conftest import Meeting, run_together

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def errors(results, kind):
    return sum(isinstance(result, kind) for result in results)


def counter(issue):
    return IssueCounter.objects.values_list("sold", "reserved", "cap_left").get(pk=issue.pk)


def open_one_tier(quantity):
    """Every session wins the one tier, of which there are so many."""
    reward = {"kind": "product", "product_id": make_product().pk, "level": "A", "name": "手办", "node": 0}
    draft = make_draft(make_activity(gameplay="match", config=BY_PAIRS), [{**reward, "quantity": quantity}])
    return opening.open_issue(issue_id=draft.pk, actor=SYSTEM, now=NOW)


def test_64_sessions_on_seven_units():
    issue = open_one_tier(7)
    members = [make_member(points_balance=600) for _ in range(64)]
    results = run_together(*[partial(play, member, issue, now=NOW) for member in members])
    assert (errors(results, CannotServe), errors(results, Exception)) == (57, 57)
    assert (counter(issue), RewardStock.objects.get().given) == ((7, 0, 0), 7)
    assert sorted(DrawLog.objects.values_list("sale_no", flat=True)) == list(range(1, 8))
    assert InventoryItem.objects.count() == 7
    deliver(now=NOW)
    assert violations() == []


def check_then_act(issue_id, n, **_named):
    """A guard as it must not be: everybody has looked before anybody writes."""
    found = check_then_act.meeting.look(store.count, issue_id)
    if found.cap_left is not None and found.reserved + n > found.cap_left:
        return None
    with connection.cursor() as cursor:
        cursor.execute("UPDATE activity_issue_counters SET sold = sold + %s WHERE issue_id = %s", [n, issue_id])
    return found.sold + n


def test_control_a_sale_that_looks_first_promises_units_that_are_not_there(monkeypatch):
    issue = open_one_tier(2)
    check_then_act.meeting = Meeting(8)
    monkeypatch.setattr(store, "sell", check_then_act)
    members = [make_member(points_balance=600) for _ in range(8)]
    results = run_together(*[partial(play, member, issue, now=NOW) for member in members])
    assert errors(results, CannotServe) == 0  # nobody was told that it is over
    assert errors(results, Exception) == 6  # what saves the prizes is the next guard


def test_holds_of_sessions_keep_the_units_that_they_may_win():
    issue = open_one_tier(7)
    members = [make_member() for _ in range(32)]
    hold = partial(play, issue=issue, now=NOW, pay_with=PayWith.WEIXIN)
    results = run_together(*[partial(hold, member) for member in members])
    held = [result.order_id for result in results if not isinstance(result, Exception)]
    assert (len(held), errors(results, AllReserved), counter(issue)) == (7, 25, (0, 7, 7))
    for order_id in held:
        pay(order_id, now=NOW)
    assert run_together(*[partial(settle, order_id, now=NOW) for order_id in held]) == [None] * 7
    assert (counter(issue), RewardStock.objects.get().given) == ((7, 0, 0), 7)
    with pytest.raises(IssuePaused):
        play(make_member(points_balance=600), issue, now=NOW)
    deliver(now=NOW)
    assert violations() == []


def test_goods_never_run_out_under_32_buyers():
    issue = open_goods(quantity=30)
    members = [make_member(points_balance=600) for _ in range(32)]
    results = run_together(*[partial(play, member, issue, choice="1", now=NOW) for member in members])
    assert errors(results, CannotServe) == errors(results, Exception) > 0
    [stock] = RewardStock.objects.all()
    assert 27 <= stock.given <= 30  # what is left does not serve another session in the worst case
    assert counter(issue)[2] == 0
    deliver(now=NOW)
    assert violations() == []


def test_one_member_who_plays_16_times_at_once_has_16_numbers():
    issue, member = open_goods(), make_member(points_balance=20_000)
    run_together(*[partial(play, member, issue, choice="1", now=NOW)] * 16)
    assert sorted(DrawBatch.objects.values_list("first_seq", flat=True)) == list(range(16))
    assert DrawPlayer.objects.get().next_seq == 16
    deliver(now=NOW)
    assert violations() == []
