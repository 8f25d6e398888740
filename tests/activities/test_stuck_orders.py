"""An order that was paid and cannot be drawn has a way out once the outbox gave up: hold and money go back."""

from datetime import timedelta

import pytest

from activities.errors import DrawsNotSettled
from activities.models import DrawBatch, DrawLog, DrawSecret, IssueCounter
from activities.services import closing, days, refunding
from blindbox.common.invariants import violations
from blindbox.system import outbox
from blindbox.system.audit import Actor
from blindbox.system.models import OperationLog, OutboxMessage
from orders.enums import OrderStatus
from orders.errors import OrderNotRefundable
from orders.models import Order, Refund
from tests.factories.activities import NOW, open_box, open_odds
from tests.factories.draws import CHECKS, buy, hold, pay, settle
from tests.factories.pages import press, said

pytestmark = pytest.mark.django_db
YUN = Actor(id=7, name="云", ip="10.0.0.7")
HOUR = timedelta(hours=1)
ORDER = "orders.order"


def settling():
    return OutboxMessage.objects.filter(subscriber="activities.settle_draw")


def give_up():
    settling().update(due_at=None, dead_at=NOW, failures=5, last_error="KeyError: 'x'")


def paid(member, issue, count=2):
    order_id = hold(member, issue, count, now=NOW)
    pay(order_id, now=NOW)
    return order_id


def refund(order_id):
    refunding.refund_stuck(order_id=order_id, reason="开奖失败", actor=YUN, now=NOW)


def refused(order_id, error):
    before = (Order.objects.get(pk=order_id).status, IssueCounter.objects.get().reserved, OperationLog.objects.count())
    with pytest.raises(error):
        refund(order_id)
    after = (Order.objects.get(pk=order_id).status, IssueCounter.objects.get().reserved, OperationLog.objects.count())
    assert (after, Refund.objects.count()) == (before, 0)


def test_everything_goes_back_and_the_issue_can_close(member):
    issue = open_box(total=10, ends_at=NOW + HOUR)
    order_id = paid(member, issue)
    give_up()
    closing.close_if_due(issue_id=issue.pk, now=NOW + HOUR)
    assert IssueCounter.objects.values_list("status", "reserved").get() == ("closing", 2)
    refund(order_id)
    assert (Order.objects.get().status, Refund.objects.get().amount_fen) == (OrderStatus.REFUNDING, 12_000)
    assert DrawBatch.objects.values_list("status", "hold_slot", "lapsed_at").get() == ("released", None, None)
    log = OperationLog.objects.latest("pk")
    assert (log.action, log.operator_id, log.reason) == ("退款（未能开奖）", 7, "开奖失败")
    closing.close_if_due(issue_id=issue.pk, now=NOW + HOUR)
    assert IssueCounter.objects.values_list("status", "reserved", "sold").get() == ("closed", 0, 0)
    assert violations([*CHECKS, "P3", "X5"]) == []


def test_the_secret_of_its_day_is_revealed_at_last(member):
    order_id = paid(member, open_odds())
    give_up()
    later = NOW + timedelta(days=2)
    days.turn(now=later)
    today = DrawSecret.objects.filter(subject="day:2026-11-22")
    assert today.get().revealed is None
    refund(order_id)
    days.turn(now=later)
    assert today.get().revealed is not None


def test_whoever_revives_the_message_afterwards_draws_nothing(member, box):
    order_id = paid(member, box)
    give_up()
    refund(order_id)
    assert outbox.revive(message_id=settling().get().pk, now=NOW)
    settle(order_id, now=NOW)
    assert (DrawLog.objects.count(), Order.objects.get().status) == (0, OrderStatus.REFUNDING)
    assert IssueCounter.objects.values_list("sold", "reserved").get() == (0, 0)
    assert violations(CHECKS) == []


def test_it_is_no_strike_against_the_member(member, box):
    for _ in range(3):
        order_id = paid(member, box)
        give_up()
        refund(order_id)
    assert hold(member, box, 1, now=NOW)


def test_an_order_that_is_being_settled_or_was_is_not_refunded_so(member, box):
    order_id = paid(member, box)
    refused(order_id, DrawsNotSettled)
    settling().update(failures=3, last_error="KeyError: 'x'")
    refused(order_id, DrawsNotSettled)
    settle(order_id, now=NOW)
    give_up()
    refused(order_id, DrawsNotSettled)
    assert DrawLog.objects.filter(refunded=True).count() == 0


def test_an_order_that_is_not_paid_is_not_refunded(member, box):
    refused(hold(member, box, 2, now=NOW), OrderNotRefundable)


def test_the_button_is_there_only_then(office, member, box):
    order_id = paid(member, box)
    page = f"/admin/orders/order/{order_id}/change/"
    shown = [f"/{order_id}/{name}/" in office.get(page).content.decode() for name in ("refund", "refund_stuck")]
    assert shown == [False, False]
    assert press(office, ORDER, "refund_stuck", order_id, reason="x").status_code == 403
    give_up()
    shown = [f"/{order_id}/{name}/" in office.get(page).content.decode() for name in ("refund", "refund_stuck")]
    assert shown == [False, True]
    assert said(press(office, ORDER, "refund_stuck", order_id, reason="开奖失败")) == [
        "退款已受理：占用已释放；现金由微信处理，通常几分钟内到账"
    ]
    assert Order.objects.get().status == OrderStatus.REFUNDING
    assert press(office, ORDER, "refund_stuck", order_id, reason="再来").status_code == 403
    drawn = buy(member, box, 1, now=NOW)
    assert f"/{drawn}/refund/" in office.get(f"/admin/orders/order/{drawn}/change/").content.decode()
