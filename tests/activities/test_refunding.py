"""Staff refund a whole drawn order whose units nobody moved; its tickets are not sold again (docs/fairness.md)."""

import pytest

from accounts.models import PointAccount, PointEntry
from accounts.services import points
from activities.errors import DrawsNotSettled
from activities.models import DrawBatch, DrawLog, DrawPlayer, IssueCounter
from activities.services import closing, refunding
from blindbox.common.invariants import violations
from blindbox.common.ledger import Posting
from blindbox.system.audit import SYSTEM, Actor
from blindbox.system.models import OperationLog
from catalog.models import Product
from orders.errors import InventoryNotHeld, OrderNotRefundable
from orders.models import InventoryItem, Order, Refund
from tests.factories.activities import NOW, open_box, open_odds
from tests.factories.draws import CHECKS, buy, hold, open_box_of_all_positions, pay, settle

pytestmark = pytest.mark.django_db
YUN = Actor(id=7, name="云", ip="10.0.0.7")


def refund(order_id):
    refunding.refund_order(order_id=order_id, reason="包装破损", actor=YUN, now=NOW)


def balance(member):
    return PointEntry.objects.filter(account__member=member).order_by("-seq").values_list("balance_after", flat=True)[0]


def stock():
    return Product.objects.values_list("stock", flat=True).get()


def test_everything_goes_back_and_the_tickets_stay_sold(member):
    issue = open_box(total=4)
    order_id = buy(member, issue, 4, now=NOW)
    refund(order_id)
    assert (balance(member), Order.objects.get().status) == (1_000_000, "refunded")
    assert set(InventoryItem.objects.values_list("status", "reason")) == {("gone", "refunded")}
    assert (DrawBatch.objects.get().status, DrawLog.objects.filter(refunded=True).count()) == ("refunded", 5)
    assert (IssueCounter.objects.get().sold, stock()) == (4, 1000)
    log = OperationLog.objects.order_by("-pk").first()
    assert (log.action, log.operator_id, log.reason) == ("退款", 7, "包装破损")
    closing.close(issue_id=issue.pk, actor=SYSTEM, now=NOW)
    assert (stock(), violations(CHECKS)) == (1000, [])


def test_a_refunded_ticket_is_not_sold_again(member):
    issue = open_box(total=4)
    refund(buy(member, issue, 1, now=NOW))
    buy(member, issue, 3, now=NOW)
    own = DrawLog.objects.filter(is_bonus=False).order_by("sale_no")
    assert list(own.values_list("sale_no", "refunded")) == [(1, True), (2, False), (3, False), (4, False)]
    assert violations(CHECKS) == []


def test_a_refund_frees_no_number(member):
    issue = open_odds()
    first = buy(member, issue, 2, now=NOW)
    refund(first)
    buy(member, issue, 1, now=NOW)
    assert (DrawPlayer.objects.get().next_seq, DrawBatch.objects.latest("pk").first_seq) == (3, 2)
    assert violations(CHECKS) == []


def test_points_that_were_won_are_taken_back(member):
    issue = open_box_of_all_positions()
    order_id = buy(member, issue, 10, now=NOW)
    won = DrawLog.objects.count()
    assert balance(member) == 1_000_000 - 6000 + won
    refund(order_id)
    assert balance(member) == 1_000_000
    back = PointEntry.objects.filter(reason="refund", delta=-1)
    assert back.count() == won
    assert violations([*CHECKS, "M1", "M4", "M6"]) == []


def unchanged(order_id, refused):
    before = (DrawLog.objects.filter(refunded=True).count(), Refund.objects.count(), OperationLog.objects.count())
    status = Order.objects.get(pk=order_id).status
    with pytest.raises(refused):
        refund(order_id)
    after = (DrawLog.objects.filter(refunded=True).count(), Refund.objects.count(), OperationLog.objects.count())
    assert (after, Order.objects.get(pk=order_id).status) == (before, status)
    assert violations(set(CHECKS) - {"P6"}) == []


def test_a_unit_that_left_its_owner_stops_it(member, box):
    order_id = buy(member, box, 3, now=NOW)
    item = InventoryItem.objects.first()
    InventoryItem.objects.filter(pk=item.pk).update(status="reserved")
    unchanged(order_id, InventoryNotHeld)
    assert InventoryItem.objects.filter(status="held").count() == 2


def test_points_that_are_spent_are_owed(make_member):
    winner, issue = make_member(points_balance=600), open_box_of_all_positions()
    order_id = hold(winner, issue, 1, now=NOW)
    pay(order_id, now=NOW)
    settle(order_id, now=NOW)
    won = DrawLog.objects.count()
    points.post(member_id=winner.pk, postings=[Posting(delta=-600 - won + 1, reason="order", ref="x")], now=NOW)
    refund(order_id)
    account = PointAccount.objects.get(member=winner, kind="general")
    assert (account.balance, account.debt) == (0, won - 1)
    assert Order.objects.get().status == "refunding"
    assert violations([*CHECKS, "M1", "M3", "M4", "M6", "M9", "P7"]) == []


def test_an_order_is_refunded_once(member, box):
    order_id = buy(member, box, 1, now=NOW)
    refund(order_id)
    unchanged(order_id, OrderNotRefundable)


def test_what_was_not_drawn_is_not_refunded_here(member, box):
    order_id = hold(member, box, 1, now=NOW)
    unchanged(order_id, OrderNotRefundable)
    pay(order_id, now=NOW)
    unchanged(order_id, DrawsNotSettled)


def test_an_order_paid_by_wechat_goes_back_to_wechat(member, box):
    order_id = hold(member, box, 2, now=NOW)
    pay(order_id, now=NOW)
    settle(order_id, now=NOW)
    refund(order_id)
    assert (Order.objects.get().status, Refund.objects.get().amount_fen) == ("refunding", 12_000)
    assert violations(CHECKS) == []
