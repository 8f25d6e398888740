"""Numbers that members pick: claimed when an order is placed, given back when it lapses, opened when it is paid."""

from datetime import timedelta

import pytest

from activities.errors import TicketTaken
from activities.models import DrawBatch, DrawLog, IssueCounter, IssueTicket
from activities.services import boxes, closing, holds, proofs, terms, verifying
from blindbox.common.errors import Invalid
from blindbox.common.invariants import violations
from blindbox.system.audit import SYSTEM
from orders.models import Order
from orders.services import lifecycle
from tests.factories.activities import NOW, make_draft, open_box, open_numbers
from tests.factories.draws import CHECKS, buy, hold, pay, settle
from tests.factories.verifiers import example_verdict, needs_node, page_verdicts

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def grid(db):
    """An open box of twenty numbers with a Last prize."""
    return open_numbers(total=20)


def taken(issue):
    """Return {number: (is sold)} of what is not free."""
    rows = IssueTicket.objects.filter(issue=issue, batch__isnull=False).order_by("ticket_no")
    return {number: reward is not None for number, reward in rows.values_list("ticket_no", "reward_id")}


def counter(issue):
    return IssueCounter.objects.values_list("sold", "reserved").get(pk=issue.pk)


def own(issue):
    return DrawLog.objects.filter(issue=issue, is_bonus=False).order_by("sale_no")


def refused(error, member, issue, how, numbers):
    before = (taken(issue), counter(issue), Order.objects.count(), DrawBatch.objects.count())
    with pytest.raises(error) as refusal:
        how(member, issue, len(numbers), now=NOW, ticket_nos=tuple(numbers))
    assert (taken(issue), counter(issue), Order.objects.count(), DrawBatch.objects.count()) == before
    return refusal.value


def test_opening_lays_out_every_number_and_says_so_in_the_terms(grid):
    assert list(IssueTicket.objects.order_by("ticket_no").values_list("ticket_no", flat=True)) == list(range(1, 21))
    promised = terms.of_issue(grid.pk)
    assert promised.picks_numbers
    assert '"pick_number":true' in grid.terms
    assert IssueTicket.objects.filter(issue=open_box(total=3, name="不选")).count() == 0


def test_a_number_holds_what_the_deck_has_there_and_the_sale_counts_on(grid, member, make_member):
    deck = boxes.of_issue(grid.pk).deck
    buy(member, grid, 3, now=NOW, ticket_nos=(17, 2, 9))
    buy(make_member(points_balance=600), grid, 1, now=NOW, ticket_nos=(20,))
    assert [(log.sale_no, log.ticket_no, log.reward_id) for log in own(grid)] == [
        (sale, number, deck[number - 1]) for sale, number in enumerate([17, 2, 9, 20], start=1)
    ]
    assert taken(grid) == {2: True, 9: True, 17: True, 20: True}
    assert violations(CHECKS) == []


def test_the_last_prize_comes_with_the_last_sale_whatever_its_number(member):
    issue = open_numbers(total=3)
    for number in (3, 1, 2):
        buy(member, issue, 1, now=NOW, ticket_nos=(number,))
    last = DrawLog.objects.get(is_bonus=True)
    assert (last.reward.level, last.ticket_no, last.batch.draws.get(is_bonus=False).sale_no) == ("LAST", 2, 3)
    assert violations(CHECKS) == []


def test_an_order_holds_its_numbers_until_it_is_paid(grid, member):
    order_id = hold(member, grid, 2, now=NOW, ticket_nos=(8, 3))
    assert (taken(grid), counter(grid)) == ({3: False, 8: False}, (0, 2))
    assert DrawBatch.objects.get().ticket_nos == [8, 3]
    assert violations(CHECKS) == []
    pay(order_id, now=NOW + MINUTE)
    settle(order_id, now=NOW + MINUTE)
    assert (taken(grid), counter(grid)) == ({3: True, 8: True}, (2, 0))
    assert [log.ticket_no for log in own(grid)] == [8, 3]
    assert violations(CHECKS) == []


def test_somebody_elses_number_is_refused_by_name(grid, member, make_member):
    hold(member, grid, 2, now=NOW, ticket_nos=(8, 3))
    buy(member, grid, 1, now=NOW, ticket_nos=(11,))
    other = make_member(points_balance=10_000)
    for how in (hold, buy):
        refusal = refused(TicketTaken, other, grid, how, [3, 5, 11])
        assert refusal.code == "draw.ticket_taken"
        assert refusal.details["ticket_nos"] == [3, 11]
        assert str(refusal) == "号码 3、11 已被占用或抽走，请另选"
    assert violations(CHECKS) == []


@pytest.mark.parametrize("numbers", [(), (1, 1), (0, 2), (1, 21)])
def test_numbers_are_as_many_as_draws_different_and_of_the_box(grid, member, numbers):
    before = Order.objects.count()
    with pytest.raises(Invalid) as refusal:
        buy(member, grid, 2, now=NOW, ticket_nos=numbers)
    code = "invalid" if numbers else "required"
    text = "请选 2 个不同的号码，在 1 到 20 之间"
    assert refusal.value.fields == [{"field": "ticket_nos", "code": code, "message": text}]
    assert (taken(grid), Order.objects.count()) == ({}, before)


def test_where_numbers_are_dealt_none_is_picked(member, box):
    with pytest.raises(Invalid) as refusal:
        buy(member, box, 1, now=NOW, ticket_nos=(1,))
    assert refusal.value.fields[0]["message"] == "本期不支持选号"


def test_an_expired_order_gives_its_numbers_back(grid, member, make_member):
    order_id = hold(member, grid, 2, now=NOW, ticket_nos=(8, 3))
    lifecycle.close_if_expired(order_id=order_id, now=NOW + 3 * MINUTE)
    holds.release(order_id=order_id, now=NOW + 4 * MINUTE)
    assert (taken(grid), counter(grid)) == ({}, (0, 0))
    hold(make_member(), grid, 1, now=NOW + 4 * MINUTE, ticket_nos=(3,))
    assert violations(CHECKS) == []


def test_a_number_whose_order_is_overdue_is_taken_over_at_once(grid, member, make_member):
    hold(member, grid, 1, now=NOW, ticket_nos=(5,))
    hold(make_member(), grid, 1, now=NOW + 4 * MINUTE, ticket_nos=(5,))
    assert (taken(grid), counter(grid)) == ({5: False}, (0, 1))
    assert violations(CHECKS) == []


def lapsed(member, issue, numbers):
    order_id = hold(member, issue, len(numbers), now=NOW, ticket_nos=numbers)
    lifecycle.close_if_expired(order_id=order_id, now=NOW + 3 * MINUTE)
    holds.release(order_id=order_id, now=NOW + 4 * MINUTE)
    return order_id


def test_paid_late_the_same_numbers_are_taken_if_they_are_free(grid, member, make_member):
    order_id = lapsed(member, grid, (8, 3))
    buy(make_member(points_balance=600), grid, 1, now=NOW + 4 * MINUTE, ticket_nos=(7,))
    pay(order_id, now=NOW + 5 * MINUTE)
    settle(order_id, now=NOW + 5 * MINUTE, late=True)
    assert [(log.sale_no, log.ticket_no) for log in own(grid)] == [(1, 7), (2, 8), (3, 3)]
    assert Order.objects.get(pk=order_id).status == "completed"
    assert violations(CHECKS) == []


def test_paid_late_with_one_number_gone_all_the_money_goes_back(grid, member, make_member):
    order_id = lapsed(member, grid, (8, 3))
    buy(make_member(points_balance=600), grid, 1, now=NOW + 4 * MINUTE, ticket_nos=(3,))
    pay(order_id, now=NOW + 5 * MINUTE)
    settle(order_id, now=NOW + 5 * MINUTE, late=True)
    assert (taken(grid), counter(grid)) == ({3: True}, (1, 0))
    assert Order.objects.get(pk=order_id).status == "refunding"
    assert violations(CHECKS) == []


def test_proofs_of_picked_numbers_convince_strangers(member):
    issue = open_numbers(total=5, config={"largest_order": 5})
    buy(member, issue, 4, now=NOW, ticket_nos=(4, 2, 5, 1))
    buy(member, issue, 1, now=NOW, ticket_nos=(3,))
    closing.close(issue_id=issue.pk, actor=SYSTEM, now=NOW)
    whole = proofs.of_issue(activity_id=issue.activity_id, issue_id=issue.pk)
    assert example_verdict(whole) == "ok"
    found = [proofs.of_draw(log.pk) for log in DrawLog.objects.order_by("pk")]
    assert {example_verdict(proof) for proof in found} == {"ok"}
    last = next(proof["draw"] for proof in found if proof["draw"]["is_bonus"])
    assert (last["ticket_no"], last["sale_no"]) == (3, 5)
    deck = boxes.of_issue(issue.pk).deck
    lucky = deck.index(issue.rewards.get(level="A").pk) + 1
    other = lucky % 5 + 1
    numbers = {lucky: other, other: lucky}
    swapped = [{**draw, "ticket_no": numbers.get(draw["ticket_no"], draw["ticket_no"])} for draw in whole["draws"]]
    assert example_verdict({**whole, "draws": swapped}) == "bad"


@needs_node
def test_the_page_follows_picked_numbers_before_and_after_the_reveal(member):
    issue = open_numbers(total=5, config={"largest_order": 5})
    buy(member, issue, 5, now=NOW, ticket_nos=(4, 2, 5, 1, 3))
    logs = list(DrawLog.objects.order_by("pk").values_list("pk", flat=True))
    assert page_verdicts([proofs.of_draw(pk) for pk in logs]) == ["ok"] * 6
    closing.close(issue_id=issue.pk, actor=SYSTEM, now=NOW)
    revealed = [proofs.of_draw(pk) for pk in logs]
    assert page_verdicts(revealed) == ["ok"] * 6
    for proof in revealed[:5]:
        proof["draw"]["ticket_no"] = proof["draw"]["ticket_no"] % 5 + 1
    assert page_verdicts(revealed[:5]) == ["bad"] * 5


def alter_number(issue):
    log = own(issue).first()
    DrawLog.objects.filter(pk=log.pk).update(ticket_no=12)


def alter_order(issue):
    DrawBatch.objects.filter(issue=issue).update(ticket_nos=[3, 17])


def alter_sale(issue):
    log = own(issue).last()
    DrawLog.objects.filter(pk=log.pk).update(sale_no=9)


@pytest.mark.parametrize("alter", [alter_number, alter_order, alter_sale])
def test_verify_draws_catches_one_altered_row(grid, member, alter):
    buy(member, grid, 2, now=NOW, ticket_nos=(17, 3))
    assert list(verifying.discrepancies()) == []
    alter(grid)
    assert list(verifying.discrepancies()) != []


def free_a_sold_number(issue):
    IssueTicket.objects.filter(issue=issue, ticket_no=17).update(batch=None, reward=None)


def give_another_prize(issue):
    other = issue.rewards.get(level="LAST")
    IssueTicket.objects.filter(issue=issue, ticket_no=17).update(reward=other)


def lose_a_row(issue):
    IssueTicket.objects.filter(issue=issue, ticket_no=1).delete()


def free_a_held_number(issue):
    IssueTicket.objects.filter(issue=issue, ticket_no=5).update(batch=None)


def keep_a_released_number(issue):
    batch = DrawBatch.objects.get(ticket_nos=[17])
    IssueTicket.objects.filter(issue=issue, ticket_no=5).update(batch=batch)


@pytest.mark.parametrize(
    ("plant", "told"),
    [
        (free_a_sold_number, "D1"),
        (give_another_prize, "D1"),
        (lose_a_row, "D2"),
        (free_a_held_number, "D11"),
        (keep_a_released_number, "D11"),
    ],
)
def test_the_checks_see_a_number_that_tells_another_story(grid, member, make_member, plant, told):
    buy(member, grid, 1, now=NOW, ticket_nos=(17,))
    hold(make_member(), grid, 1, now=NOW, ticket_nos=(5,))
    assert violations(CHECKS) == []
    plant(grid)
    assert {each.id for each in violations(["D1", "D2", "D11"])} == {told}


def test_a_draft_has_no_numbers_yet(grid):
    make_draft(grid.activity, [{"level": "A", "name": "积分", "kind": "points", "points": 1, "quantity": 5}])
    assert IssueTicket.objects.count() == 20
