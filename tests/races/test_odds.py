"""Limited prizes and guarantees over real connections: exact counts, each race with a control without its guard."""

from dataclasses import replace
from functools import partial

import pytest
from django.db import connection

from activities import store
from activities.errors import CannotServe
from activities.models import DrawLog, DrawPlayer, IssueCounter, RewardStock
from activities.services import guarantees, limited, refunding, rolls
from blindbox.common.invariants import violations
from blindbox.system.audit import SYSTEM
from tests.factories.accounts import make_member
from tests.factories.activities import NOW, make_product
from tests.factories.draws import buy, hold, pay, settle
from tests.factories.odds import open_issue_of
from tests.factories.orders import deliver
from tests.races.conftest import Meeting, run_together

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
SEVEN_THEN_S = [("A", 999_998, 7, "S"), ("S", 1), ("C", 1)]
SEVEN = [("A", 999_999, 7), ("C", 1)]
SUBSTITUTE = {"on_sold_out": "substitute"}


def given(issue):
    levels = DrawLog.objects.filter(issue=issue).values_list("reward__level", flat=True)
    return "".join(sorted(levels))


def stock():
    return RewardStock.objects.values_list("total", "given").get()


def counter(issue):
    return IssueCounter.objects.values_list("sold", "reserved", "cap_left").get(pk=issue.pk)


def failures(results):
    return [result for result in results if isinstance(result, Exception)]


# seven left


def test_two_hundred_draws_on_a_prize_with_seven_left_give_seven_and_the_substitute():
    issue = open_issue_of(SEVEN_THEN_S, config=SUBSTITUTE)
    buyers = [make_member(points_balance=6000) for _ in range(20)]
    results = run_together(*[partial(buy, buyer, issue, 10, now=NOW) for buyer in buyers])
    assert failures(results) == []
    assert (given(issue), stock(), counter(issue)) == ("A" * 7 + "S" * 193, (7, 7), (200, 0, None))
    assert sorted(DrawLog.objects.values_list("sale_no", flat=True)) == list(range(1, 201))
    first = DrawLog.objects.order_by("sale_no").values_list("reward__level", flat=True)
    assert "".join(first[:8]) == "A" * 7 + "S"
    deliver(now=NOW)
    assert violations() == []


def test_control_whoever_reads_the_shelf_before_the_counter_gives_too_many(monkeypatch):
    issue = open_issue_of(SEVEN_THEN_S, config=SUBSTITUTE)
    buyers = [make_member(points_balance=6000) for _ in range(8)]
    meeting, look = Meeting(8), limited.left_of
    monkeypatch.setattr(store, "sell", lambda *_, **__: True)  # the counter is not taken
    monkeypatch.setattr(limited, "shelf_of", lambda promised, _: limited.Shelf(left=meeting.look(look, promised)))
    monkeypatch.setattr(limited, "take", unguarded)
    results = run_together(*[partial(buy, buyer, issue, 3, now=NOW) for buyer in buyers])
    assert failures(results) == []
    assert given(issue).count("A") > 7


def unguarded(taken):
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION check_constraint_checks = 0")
        for reward_id, n in taken.items():
            statement = "UPDATE activity_reward_stocks SET given = given + %s WHERE reward_id = %s"
            cursor.execute(statement, [n, reward_id])


# the pause


def test_every_hold_and_purchase_at_the_end_of_a_limited_prize_gets_it_or_is_refused():
    issue = open_issue_of(SEVEN)
    buyers = [make_member(points_balance=600) for _ in range(16)]
    holders = [make_member() for _ in range(16)]
    units = [partial(buy, buyer, issue, 1, now=NOW) for buyer in buyers]
    units += [partial(hold, holder, issue, 1, now=NOW) for holder in holders]
    results = run_together(*units)
    assert len(failures(results)) == sum(isinstance(result, CannotServe) for result in results) == 25
    held = [result for result in results[16:] if isinstance(result, int)]
    assert counter(issue) == (7 - len(held), len(held), len(held))
    for order_id in held:
        pay(order_id, now=NOW)
    assert run_together(*[partial(settle, order_id, now=NOW) for order_id in held]) == [None] * len(held)
    assert (given(issue), stock(), counter(issue)) == ("A" * 7, (7, 7), (7, 0, 0))
    deliver(now=NOW)
    assert violations() == []


def test_control_without_the_cap_a_paid_draw_has_no_prize(monkeypatch):
    issue = open_issue_of(SEVEN)
    holders = [make_member() for _ in range(9)]
    for name in ("_HOLD", "_FITS"):
        monkeypatch.setattr(store, name, getattr(store, name).replace("reserved + %s <= cap_left", "%s > 0"))
    held = run_together(*[partial(hold, holder, issue, 1, now=NOW) for holder in holders])
    assert failures(held) == []
    for order_id in held:
        pay(order_id, now=NOW)
    results = run_together(*[partial(settle, order_id, now=NOW) for order_id in held])
    assert len(failures(results)) == 2
    assert given(issue) == "A" * 7


# one member on several devices

WITHIN_4 = {"guarantee": {"levels": ["A"], "within": 4}}
RARE = [("A", 1), ("C", 999_999)]


def guaranteed():
    """An issue of products: settling what WeChat was paid for touches no account, which would put draws in a row."""
    return open_issue_of(RARE, config=WITHIN_4, product=make_product(stock=1000))


def drawn(issue):
    logs = DrawLog.objects.filter(issue=issue).order_by("batch__first_seq", "idx")
    return "".join(logs.values_list("reward__level", flat=True))


def paid(member, issue):
    """Pay for a draw that the worker has not settled yet."""
    order_id = hold(member, issue, 1, now=NOW)
    pay(order_id, now=NOW)
    return order_id


def settled(member, issue):
    order_id = paid(member, issue)
    settle(order_id, now=NOW)
    return order_id


def refund(order_id):
    refunding.refund_order(order_id=order_id, reason="包装破损", actor=SYSTEM, now=NOW)


def test_a_members_draws_from_many_devices_are_counted_one_after_the_other():
    issue, member = guaranteed(), make_member(points_balance=60_000)
    waiting = paid(member, issue)
    units = [partial(buy, member, issue, 1 + n % 2, now=NOW) for n in range(15)]
    results = run_together(partial(settle, waiting, now=NOW), *units)
    assert failures(results) == []
    assert drawn(issue) == "CCCA" * 5 + "CCC"
    assert DrawPlayer.objects.values_list("next_seq", "misses").get() == (23, 3)
    deliver(now=NOW)
    assert violations() == []


def test_control_a_counter_that_is_read_before_the_player_is_taken_forgets(monkeypatch):
    issue, member = guaranteed(), make_member(points_balance=60_000)
    buy(member, issue, 1, now=NOW)
    waiting, meeting, take = paid(member, issue), Meeting(2), rolls.take

    def read_first(**asked):
        seen = meeting.look(DrawPlayer.objects.values_list("misses", flat=True).get)
        return replace(take(**asked), misses=seen)

    monkeypatch.setattr(rolls, "take", read_first)
    run_together(partial(settle, waiting, now=NOW), partial(buy, member, issue, 1, now=NOW))
    assert [each.what for each in violations(["D6"])] == [f"期次 {issue.pk} 用户 {member.pk}：保底计数 2，应为 3"]


def test_refunds_and_draws_of_the_same_member_agree_on_the_count():
    issue, member = guaranteed(), make_member(points_balance=600_000)
    orders = [settled(member, issue) for _ in range(10)]
    units = [partial(buy, member, issue, 2, now=NOW) for _ in range(6)]
    units += [partial(refund, order_id) for order_id in orders[2:8]]
    assert failures(run_together(*units)) == []
    assert DrawLog.objects.filter(refunded=True).count() == 6
    assert [each for each in violations() if each.id != "X2"] == []  # WeChat is nowhere, so its events wait


def test_control_a_refund_that_does_not_take_the_player_leaves_a_wrong_count(monkeypatch):
    issue, member = guaranteed(), make_member()
    orders = [settled(member, issue) for _ in range(3)]
    meeting, count = Meeting(2), guarantees.counted
    monkeypatch.setattr(guarantees, "take", lambda mine: mine.values_list("next_seq", "misses").get())
    monkeypatch.setattr(guarantees, "counted", partial(meeting.look, count))
    monkeypatch.setattr("activities.services.allowances.give_back", lambda *_: None)  # a row of the member's too
    assert failures(run_together(*[partial(refund, order_id) for order_id in orders[:2]])) == []
    assert [each.what for each in violations(["D6"])] == [f"期次 {issue.pk} 用户 {member.pk}：保底计数 2，应为 1"]
