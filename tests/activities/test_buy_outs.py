"""Buying all that is left: quoted first, and only while as much is left and nobody holds any of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activities.errors import AllReserved, IssueSoldOut, QuoteStale, TooEarlyToBuyOut
from activities.models import DrawBatch, DrawLog, IssueCounter, IssueTicket
from activities.services import holds, quotes, terms
from activities.services.wishes import THE_REST
from blindbox.common.errors import Invalid
from blindbox.common.invariants import violations
from orders.enums import PayWith
from orders.models import InventoryItem, Order
from orders.services import lifecycle
from tests.factories.activities import NOW, open_box, open_numbers, open_odds
from tests.factories.draws import CHECKS, buy, hold, pay, quoted, settle

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
POINTS, WEIXIN = PayWith.POINTS, PayWith.WEIXIN
TERMS = {"buy_out": {"discount_ppm": 55_555, "after_sold_percent": 20}}


def counter(issue):
    return IssueCounter.objects.values_list("sold", "reserved").get(pk=issue.pk)


def test_the_rest_of_a_box_is_one_purchase_whatever_the_largest_order(member):
    issue = open_box(total=30, config={"largest_order": 2})
    buy(member, issue, 2, now=NOW)
    buy(member, issue, now=NOW, **quoted(member, issue, POINTS, now=NOW))
    batch = DrawBatch.objects.order_by("pk").last()
    assert (batch.count, counter(issue), batch.draws.count()) == (28, (30, 0), 29)
    assert batch.draws.get(is_bonus=True).reward.level == "LAST"
    assert Order.objects.order_by("pk").last().points_used == 28 * 600
    assert violations([*CHECKS, "P2"]) == []


def test_the_declared_discount_comes_off_in_cash_and_in_points(member, make_member):
    issue = open_box(total=10, config=TERMS)
    buy(member, issue, 2, now=NOW)
    stranger = make_member()
    order = Order.objects.get(pk=hold(stranger, issue, now=NOW, **quoted(stranger, issue, WEIXIN, now=NOW)))
    assert (order.goods_fen, order.discount_fen, order.payable_fen) == (48_000, 2666, 45_334)
    assert (counter(issue), order.items.get().quantity) == ((2, 8), 8)
    other = open_box(total=10, config=TERMS, name="另一箱")
    buy(member, other, 2, now=NOW)
    order = Order.objects.get(pk=buy(member, other, now=NOW, **quoted(member, other, POINTS, now=NOW)))
    assert order.points_used == 4800 - 266
    assert order.items.get().title == "另一箱 第 1 期 包箱（8 抽）"
    assert violations([*CHECKS, "P2"]) == []


def test_paid_by_wechat_it_is_held_then_drawn(member):
    issue = open_box(total=6)
    order_id = hold(member, issue, now=NOW, **quoted(member, issue, WEIXIN, now=NOW))
    assert (counter(issue), violations(CHECKS)) == ((0, 6), [])
    pay(order_id, now=NOW + MINUTE)
    settle(order_id, now=NOW + MINUTE)
    assert (counter(issue), DrawLog.objects.count(), violations(CHECKS)) == ((6, 0), 7, [])


def test_it_takes_every_free_number(member, make_member):
    issue = open_numbers(total=6)
    buy(make_member(points_balance=600), issue, 1, now=NOW, ticket_nos=(4,))
    order_id = hold(member, issue, now=NOW, **quoted(member, issue, WEIXIN, now=NOW))
    assert IssueTicket.objects.filter(batch__order_id=order_id, reward=None).count() == 5
    pay(order_id, now=NOW + MINUTE)
    settle(order_id, now=NOW + MINUTE)
    own = DrawLog.objects.filter(is_bonus=False, batch__order_id=order_id).order_by("idx")
    assert list(own.values_list("sale_no", "ticket_no")) == [(2, 1), (3, 2), (4, 3), (5, 5), (6, 6)]
    assert violations(CHECKS) == []


def test_numbers_of_a_lapsed_buy_out_are_free_again_and_late_money_takes_them(member, make_member):
    issue = open_numbers(total=6)
    order_id = hold(member, issue, now=NOW, **quoted(member, issue, WEIXIN, now=NOW))
    lifecycle.close_if_expired(order_id=order_id, now=NOW + 3 * MINUTE)
    holds.release(order_id=order_id, now=NOW + 4 * MINUTE)
    assert (IssueTicket.objects.filter(batch=None).count(), violations(CHECKS)) == (6, [])
    pay(order_id, now=NOW + 5 * MINUTE)
    settle(order_id, now=NOW + 5 * MINUTE, late=True)
    assert (counter(issue), violations(CHECKS)) == ((6, 0), [])


def test_late_money_for_a_box_that_sold_on_goes_back(member, make_member):
    issue = open_box(total=6)
    order_id = hold(member, issue, now=NOW, **quoted(member, issue, WEIXIN, now=NOW))
    lifecycle.close_if_expired(order_id=order_id, now=NOW + 3 * MINUTE)
    holds.release(order_id=order_id, now=NOW + 4 * MINUTE)
    buy(make_member(points_balance=600), issue, 1, now=NOW + 4 * MINUTE)
    pay(order_id, now=NOW + 5 * MINUTE)
    settle(order_id, now=NOW + 5 * MINUTE, late=True)
    assert (counter(issue), Order.objects.get(pk=order_id).status) == ((1, 0), "refunding")
    assert violations(CHECKS) == []


def refused(error, member, issue, wish, how=buy):
    before = (counter(issue), Order.objects.count(), DrawLog.objects.count())
    with pytest.raises(error) as refusal:
        how(member, issue, now=NOW, **wish)
    assert (counter(issue), Order.objects.count(), DrawLog.objects.count()) == before
    return refusal.value


def test_the_quote_names_count_and_total_and_is_needed(member, make_member):
    issue = open_box(total=10)
    wish = quoted(member, issue, POINTS, now=NOW)
    refusal = refused(Invalid, member, issue, {**wish, "quote_token": None})
    assert refusal.fields == [{"field": "quote_token", "code": "required", "message": "包箱要先预览，确认抽数和总价"}]
    assert refused(QuoteStale, member, issue, {**wish, "count": 9}).details == {"left": 10}
    refused(QuoteStale, member, issue, wish, how=hold)
    buy(make_member(points_balance=600), issue, 1, now=NOW)
    for count in (10, THE_REST):
        assert refused(QuoteStale, member, issue, {**wish, "count": count}).details == {"left": 9}
    buy(member, issue, now=NOW, **quoted(member, issue, POINTS, now=NOW))
    assert counter(issue) == (10, 0)


@pytest.mark.parametrize(("how", "pay_with", "then"), [(buy, POINTS, (10, 0)), (hold, WEIXIN, (1, 9))])
def test_how_many_it_is_of_may_be_left_to_the_quote(member, make_member, how, pay_with, then):
    issue = open_box(total=10)
    buy(make_member(points_balance=600), issue, 1, now=NOW)
    order_id = how(member, issue, now=NOW, **{**quoted(member, issue, pay_with, now=NOW), "count": THE_REST})
    batch = DrawBatch.objects.get(order_id=order_id)
    assert (batch.count, Order.objects.get(pk=order_id).items.get().quantity) == (9, 1 if how is buy else 9)
    assert counter(issue) == then
    assert violations([*CHECKS, "P2"]) == []


def test_a_quote_is_for_one_member_and_one_way_of_paying(member, make_member):
    issue = open_box(total=10)
    wish = quoted(member, issue, POINTS, now=NOW)
    refused(QuoteStale, make_member(points_balance=6000), issue, wish)
    promised = terms.of_issue(issue.pk)
    offered = quotes.Offered(member.pk, promised, 1, POINTS, quotes.quote(promised, 1, POINTS))
    quotes.check_token(quotes.token(offered), offered)
    for other in (replace(offered, pay_with=WEIXIN), replace(offered, member_id=member.pk + 1)):
        with pytest.raises(QuoteStale):
            quotes.check_token(quotes.token(offered), other)
    buy(member, issue, now=NOW, **wish)
    assert counter(issue) == (10, 0)


@pytest.mark.parametrize("how", [buy, hold])
def test_what_others_hold_is_not_bought_out(member, make_member, how):
    issue = open_box(total=10, last=False)
    hold(make_member(), issue, 1, now=NOW)
    refusal = refused(AllReserved, member, issue, quoted(member, issue, POINTS if how is buy else WEIXIN, now=NOW), how)
    assert refusal.details["retry_at"] == NOW + 4 * MINUTE


def test_it_waits_for_the_declared_part_to_be_sold(member):
    issue = open_box(total=10, config=TERMS)
    buy(member, issue, 1, now=NOW)
    with pytest.raises(TooEarlyToBuyOut, match="售出 20% 之后才能包箱"):
        quoted(member, issue, POINTS, now=NOW)
    buy(member, issue, 1, now=NOW)
    assert quoted(member, issue, POINTS, now=NOW)["count"] == 8


def test_a_box_that_is_gone_is_not_bought_out(member):
    issue = open_box(total=2)
    wish = quoted(member, issue, POINTS, now=NOW)
    buy(member, issue, 2, now=NOW)
    refused(IssueSoldOut, member, issue, wish)


def test_a_shop_may_forbid_it_and_odds_have_no_rest(member):
    forbidden = open_box(total=10, config={"buy_out": False})
    for issue in (forbidden, open_odds(name="无限")):
        refusal = refused(Invalid, member, issue, {"count": 1, "buy_out": True})
        assert refusal.fields[0]["message"] == "本期不支持包箱"


def test_who_buys_everything_picks_nothing(member):
    issue = open_numbers(total=6)
    refusal = refused(Invalid, member, issue, {**quoted(member, issue, POINTS, now=NOW), "ticket_nos": (1,)})
    assert refusal.fields[0]["message"] == "包箱不用选号"


def test_a_big_rest_sends_as_many_statements_as_a_small_one(make_member):
    def statements(total):
        issue = open_numbers(total=total, name=f"{total} 个")
        buyer = make_member(points_balance=10**7)
        wish = quoted(buyer, issue, POINTS, now=NOW)
        buy(buyer, issue, 1, now=NOW, ticket_nos=(1,))
        wish = quoted(buyer, issue, POINTS, now=NOW)
        with CaptureQueriesContext(connection) as sent:
            buy(buyer, issue, now=NOW, **wish)
        return len(sent)

    assert statements(20) == statements(900)
    assert InventoryItem.objects.count() == 20 + 900 + 2
    assert violations(CHECKS) == []
