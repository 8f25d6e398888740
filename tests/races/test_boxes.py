"""Boxes over real connections: one number, the lock and its queue, the buy-out, the Last prize; each with a control."""

import secrets
from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection

from activities import store
from activities.enums import LockState
from activities.errors import BoxLocked, IssueSoldOut, NotEnoughLeft, TicketTaken
from activities.models import BoxTurn, DrawLog, IssueCounter, IssueTicket
from activities.services import box_locks, terms, tickets
from blindbox.common.invariants import violations
from blindbox.system.idempotency import Claim, Outcome
from orders.enums import PayWith
from tests.factories.accounts import make_member
from tests.factories.activities import open_box, open_numbers
from tests.factories.draws import buy, hold, pay, quoted
from tests.factories.orders import deliver
from tests.races.conftest import Meeting, in_the_middle, run_together, with_head_start
from tests.races.guards import without_unique
from tests.races.paying import errors

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
TURN = timedelta(seconds=120)


def buyer():
    return make_member(points_balance=100_000)


def counter(issue):
    return IssueCounter.objects.values_list("sold", "reserved").get(pk=issue.pk)


def ids(results):
    return [result for result in results if isinstance(result, int)]


# one number


@pytest.mark.parametrize("how", [hold, buy])
def test_sixteen_members_on_one_number_one_gets_it(now, how):
    issue = open_numbers(total=40, now=now)
    units = [partial(how, buyer(), issue, 1, now=now, ticket_nos=(7,)) for _ in range(16)]
    results = run_together(*units)
    assert (errors(results, TicketTaken), errors(results, Exception), len(ids(results))) == (15, 15, 1)
    [taken] = IssueTicket.objects.exclude(batch=None)
    assert (taken.ticket_no, sum(counter(issue))) == (7, 1)
    if how is hold:
        pay(ids(results)[0], now=now)
    deliver(now=now)
    assert (counter(issue), DrawLog.objects.get().ticket_no) == ((1, 0), 7)
    assert violations() == []


def test_members_whose_picks_overlap_share_no_number(now):
    issue = open_numbers(total=40, now=now)
    picks = [(n, n + 1, n + 2) for n in range(1, 13)]
    results = run_together(*[partial(hold, buyer(), issue, 3, now=now, ticket_nos=pick) for pick in picks])
    assert errors(results, TicketTaken) == errors(results, Exception)
    assert counter(issue) == (0, 3 * len(ids(results)))
    assert IssueTicket.objects.exclude(batch=None).count() == 3 * len(ids(results))
    assert violations() == []


def test_control_a_claim_without_its_condition_gives_one_number_to_all(now, monkeypatch):
    issue = open_numbers(total=40, now=now)
    monkeypatch.setattr(tickets, "_CLAIM", tickets._CLAIM.replace(" AND batch_id IS NULL", ""))
    results = run_together(*[partial(hold, buyer(), issue, 1, now=now, ticket_nos=(7,)) for _ in range(8)])
    assert len(ids(results)) == 8
    assert (counter(issue), IssueTicket.objects.exclude(batch=None).count()) == ((0, 8), 1)


# the lock of a whole box and its queue


@pytest.fixture
def lockable(now):
    return open_box(total=40, last=False, now=now, config={"box_lock": True})


def take(member, issue, now):
    claim = Claim("member", member.pk, secrets.token_hex(8), "f" * 64)
    return box_locks.take(member_id=member.pk, activity_id=issue.activity_id, issue_id=issue.pk, claim=claim, now=now)


def let_go(member, issue, now):
    return box_locks.let_go(member_id=member.pk, activity_id=issue.activity_id, issue_id=issue.pk, now=now)


def holders(members, issue, now):
    """Return who holds the box, in the order of the queue."""
    promised = terms.of_issue(issue.pk)
    seen = [(member, box_locks.seen_by(member.pk, promised, now=now)) for member in members]
    return [member for member, lock in seen if lock and lock.state is LockState.HOLDING]


def queue(issue):
    return list(BoxTurn.objects.filter(issue=issue, slot=1).order_by("place").values_list("member_id", flat=True))


def test_of_twelve_who_ask_at_once_one_has_the_box_and_the_others_wait_in_order(lockable, now):
    members, others = [buyer() for _ in range(12)], [buyer() for _ in range(4)]
    asking = [partial(take, member, lockable, now) for member in members]
    buying = [partial(buy, other, lockable, 1, now=now) for other in others]
    results = run_together(*buying, *asking)
    assert errors(results, BoxLocked) == errors(results, Exception) <= 4
    assert all(isinstance(result, Outcome) for result in results[4:])
    assert list(BoxTurn.objects.order_by("place").values_list("place", flat=True)) == list(range(1, 13))
    [holder] = holders(members, lockable, now)
    assert holder.pk == queue(lockable)[0] == IssueCounter.objects.get(pk=lockable.pk).locked_by
    assert DrawLog.objects.count() == 4 - errors(results, BoxLocked) == counter(lockable)[0]
    deliver(now=now)
    assert violations() == []


def test_when_the_heads_time_is_over_only_the_next_in_line_buys(lockable, now):
    members = [buyer() for _ in range(6)]
    for member in members:
        take(member, lockable, now)
    later = now + TURN
    results = run_together(*[partial(buy, member, lockable, 1, now=later) for member in members])
    assert [isinstance(result, int) for result in results] == [False, True, False, False, False, False]
    assert errors(results, BoxLocked) == 5
    assert queue(lockable) == [member.pk for member in members[1:]]
    assert (BoxTurn.objects.exclude(lapsed_at=None).count(), counter(lockable)) == (1, (1, 0))
    deliver(now=later)
    assert violations() == []


def test_while_the_head_lets_go_and_others_come_there_is_one_holder(lockable, now):
    first, *others = [buyer() for _ in range(7)]
    take(first, lockable, now)
    results = run_together(
        partial(let_go, first, lockable, now), *[partial(take, each, lockable, now) for each in others]
    )
    assert errors(results, Exception) == 0
    assert sorted(queue(lockable)) == sorted(each.pk for each in others)
    [holder] = holders(others, lockable, now)
    assert holder.pk == queue(lockable)[0] == IssueCounter.objects.get(pk=lockable.pk).locked_by
    assert violations() == []


def test_control_without_the_counters_row_several_have_the_box(lockable, now, monkeypatch):
    meeting = Meeting(6)
    monkeypatch.setattr(store, "take", lambda _: True)
    # nobody commits before everybody has put himself first: reads see what is committed
    monkeypatch.setattr(store, "lock", lambda _, *, member_id, until: member_id is None or meeting.wait())
    members = [buyer() for _ in range(6)]
    with without_unique(BoxTurn, "issue_id", "place"):
        results = run_together(*[partial(take, member, lockable, now) for member in members])
        assert errors(results, Exception) == 0
        assert BoxTurn.objects.filter(place=1, until=now + TURN).count() == 6
        assert {each.id for each in violations(["D12"])} == {"D12"}


def test_control_a_sale_that_does_not_ask_whose_turn_it_is_passes_the_lock(lockable, now, monkeypatch):
    take(buyer(), lockable, now)
    monkeypatch.setattr(store, "_HIS", store._HIS.replace("locked_by IS NULL", "1 = 1"))
    results = run_together(*[partial(buy, buyer(), lockable, 1, now=now) for _ in range(4)])
    assert errors(results, Exception) == 0
    assert counter(lockable) == (4, 0)


# a buy-out against a single draw


def buy_out(issue, now):
    member = buyer()
    return partial(buy, member, issue, now=now, **quoted(member, issue, PayWith.POINTS, now=now))


def test_a_single_draw_after_the_quote_was_checked_leaves_too_little_for_a_buy_out(now, monkeypatch):
    issue = open_box(total=10, now=now)
    rest, single = buy_out(issue, now), partial(buy, buyer(), issue, 1, now=now)
    refused, drawn = in_the_middle(monkeypatch, store, "sell_rest", rest, single)
    assert isinstance(drawn, int)
    assert isinstance(refused, NotEnoughLeft)
    assert refused.details == {"left": 9}
    assert counter(issue) == (1, 0)
    deliver(now=now)
    assert violations() == []


def test_a_buy_out_that_comes_first_leaves_nothing_to_a_single_draw(now, monkeypatch):
    issue = open_box(total=10, now=now)
    rest, single = buy_out(issue, now), partial(buy, buyer(), issue, 1, now=now)
    bought, refused = with_head_start(monkeypatch, store, "sell_rest", rest, single)
    assert isinstance(bought, int)
    assert isinstance(refused, IssueSoldOut)
    assert (counter(issue), DrawLog.objects.count()) == ((10, 0), 11)
    deliver(now=now)
    assert violations() == []


@pytest.mark.parametrize("round_number", range(3))
def test_a_buy_out_among_eight_single_draws_is_whole_or_not_at_all(now, round_number):
    issue = open_box(total=20, now=now)
    rest = buy_out(issue, now)
    singles = [partial(buy, buyer(), issue, 1, now=now) for _ in range(8)]
    bought, *drawn = run_together(rest, *singles)
    if isinstance(bought, int):
        assert errors(drawn, IssueSoldOut) == 8
        assert counter(issue) == (20, 0)
    else:
        assert errors(drawn, Exception) == 0
        assert counter(issue) == (8, 0)
    deliver(now=now)
    assert violations() == []


def test_control_a_buy_out_that_does_not_look_at_its_quote_is_stopped_by_the_sale_numbers_only(now, monkeypatch):
    issue = open_box(total=10, now=now)
    rest, single = buy_out(issue, now), partial(buy, buyer(), issue, 1, now=now)
    monkeypatch.setattr(store, "_SELL_REST", store._SELL_REST.replace("AND sold = %s", "AND sold >= %s"))
    refused, drawn = in_the_middle(monkeypatch, store, "sell_rest", rest, single)
    assert isinstance(drawn, int)
    assert isinstance(refused, IntegrityError)


# sell-out


def test_who_sells_a_box_out_has_its_one_last_prize(now):
    issue = open_box(total=20, now=now)
    results = run_together(*[partial(buy, buyer(), issue, 2, now=now) for _ in range(16)])
    assert (len(ids(results)), errors(results, IssueSoldOut), errors(results, Exception)) == (10, 6, 6)
    assert sorted(DrawLog.objects.exclude(is_bonus=True).values_list("sale_no", flat=True)) == list(range(1, 21))
    last = DrawLog.objects.get(is_bonus=True)
    assert (last.reward.level, DrawLog.objects.get(batch_id=last.batch_id, idx=last.bonus_of).sale_no) == ("LAST", 20)
    deliver(now=now)
    assert (counter(issue), IssueCounter.objects.get(pk=issue.pk).status) == ((20, 0), "closed")
    assert violations() == []


def test_control_whoever_reads_the_sale_numbers_first_is_kept_from_a_second_last_prize_by_the_tables_only(
    now, monkeypatch
):
    issue = open_box(total=3, now=now)
    buy(buyer(), issue, 2, now=now)
    meeting, count = Meeting(4), store.count

    def sell(issue_id, n, **_):
        found = meeting.look(count, issue_id)
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION check_constraint_checks = 0")
            cursor.execute("UPDATE activity_issue_counters SET sold = sold + %s WHERE issue_id = %s", [n, issue_id])
        return found.sold + n

    monkeypatch.setattr(store, "sell", sell)
    results = run_together(*[partial(buy, buyer(), issue, 1, now=now) for _ in range(4)])
    assert (errors(results, IntegrityError), errors(results, Exception)) == (3, 3)  # nobody was told that it is over
