"""An order's whole way with WeChat, over real HTTP, RSA and AES: every turn that its money can take."""

import pytest
from django.utils import timezone

from accounts.models import PointAccount
from activities.models import DrawLog
from activities.services import refunding as staff
from blindbox.common.invariants import violations
from blindbox.integrations.wechat.pay.gateway import get_gateway
from blindbox.system.audit import SYSTEM, Actor
from blindbox.system.models import OutboxMessage
from orders.enums import PayWith
from orders.models import InventoryItem, Order, Payment, PaymentCallback, Refund
from orders.services import lifecycle
from tests.factories import orders as factory
from tests.factories.orders import deliver, make_second_payment
from tests.orders.watching import counted, expire, facts, payment_status, sell_out, soon

pytestmark = pytest.mark.django_db


def test_what_is_ordered_and_paid_by_wechat_is_drawn_and_owned(order_draws, app_client, member, box, wechat):
    answer = order_draws(member, box, count=2).json()
    number = answer["payment"]["out_trade_no"]
    assert (answer["order"]["status"], answer["order"]["payable_fen"], answer["draws"]) == ("pending", 12_000, None)
    assert counted(box) == (0, 2)
    assert wechat.pay(number, params=answer["payment"]["params"]) == [204]
    order = Order.objects.get()
    assert (facts(order), PaymentCallback.objects.count()) == (("pending", 0, 0), 1)  # stored, and nothing else yet
    deliver(now=soon())
    assert (facts(order), payment_status(), counted(box)) == (("completed", 12_000, 0), "success", (2, 0))
    shown = app_client(member).get(f"/api/app/orders/{order.order_no}").json()
    assert [draw["ticket_no"] is not None for draw in shown["draws"]] == [True, True]
    assert [entry["event"] for entry in shown["timeline"]] == ["created", "paid", "completed"]
    assert InventoryItem.objects.filter(member=member, status="held").count() == 2
    assert violations() == []


@pytest.mark.django_db(transaction=True)
def test_the_same_over_a_running_server(order_draws, member, box, wechat, live_server, settings):
    settings.WECHAT_NOTIFY_BASE = live_server.url
    number = order_draws(member, box).json()["payment"]["out_trade_no"]
    told = wechat.ask("POST", f"payments/{number}/pay")
    assert told["notices"] == [{"status": 204, "body": ""}]
    deliver(now=soon())
    assert facts(Order.objects.get()) == ("completed", 6000, 0)


def test_a_prepay_that_fails_leaves_the_order_and_a_repeat_of_the_key_tries_again(order_draws, member, box, wechat):
    wechat.fail("/v3/pay/transactions/jsapi", status=500)
    refusal = order_draws(member, box)
    assert (refusal.status_code, refusal.json()["code"]) == (503, "payment.provider_unavailable")
    assert refusal.json()["message"] == "微信支付暂时不可用，请稍后再试"
    assert (facts(Order.objects.get()), Payment.objects.get().prepay_id, counted(box)) == (
        ("pending", 0, 0),
        "",
        (0, 1),
    )
    again = order_draws(member, box)
    assert (again.status_code, again.headers["Idempotent-Replay"]) == (201, "true")
    assert again.json()["payment"]["out_trade_no"] == Payment.objects.get().out_trade_no
    assert wechat.calls("jsapi") == 2
    assert wechat.pay(again.json()["payment"]["out_trade_no"], params=again.json()["payment"]["params"]) == [204]


def test_a_prepay_whose_answer_is_lost_is_prepaid_again_under_the_same_number(order_draws, member, box, wechat):
    wechat.fail("/v3/pay/transactions/jsapi", reset=True)
    assert order_draws(member, box).status_code == 503
    assert order_draws(member, box).status_code == 201
    assert (wechat.calls("jsapi"), Payment.objects.count()) == (2, 1)
    assert wechat.state_of(Payment.objects.get().out_trade_no) == "NOTPAY"


def test_a_replay_equals_the_first_answer_but_for_the_signature(order_draws, member, box, wechat):
    first, second = (order_draws(member, box).json() for _ in range(2))
    params = [answer["payment"].pop("params") for answer in (first, second)]
    assert params[0]["package"] == params[1]["package"]
    assert params[0]["paySign"] != params[1]["paySign"]
    assert first == second
    assert wechat.calls("jsapi") == 1


def test_paying_again_gives_fresh_parameters_of_the_same_payment(placed, app_client, member, wechat):
    url = f"/api/app/orders/{placed.order_no}/pay"
    answer = app_client(member).post(url, HTTP_IDEMPOTENCY_KEY="again")
    assert answer.status_code == 200
    assert wechat.calls("jsapi") == 1
    assert wechat.pay(answer.json()["payment"]["out_trade_no"], params=answer.json()["payment"]["params"]) == [204]


def test_an_expired_order_is_closed_at_wechat_and_its_hold_released(placed, box, wechat):
    expire(placed)
    deliver(now=soon(minutes=4))
    assert (wechat.state_of(placed.order_no), payment_status(), counted(box)) == ("CLOSED", "closed", (0, 0))
    assert lifecycle.close_expired(now=soon(minutes=5)) == 0


def test_a_silent_wechat_keeps_the_hold_for_sixty_seconds(placed, box, wechat):
    expire(placed)
    wechat.fail("/v3/pay/transactions/out-trade-no", status=502, times=100)
    deliver(now=soon(minutes=4, seconds=50))
    assert (counted(box), payment_status()) == ((0, 2), "prepared")
    deliver(now=soon(minutes=5, seconds=5))
    assert (counted(box), payment_status()) == ((0, 0), "prepared")
    wechat.server.faults.clear()
    deliver(now=soon(minutes=6))
    assert (wechat.state_of(placed.order_no), payment_status()) == ("CLOSED", "closed")


def test_an_order_that_was_paid_when_it_is_closed_is_served(placed, box, wechat):
    wechat.pay_in_silence(placed.order_no)
    expire(placed)
    deliver(now=soon(minutes=4))
    assert (facts(placed), counted(box)) == (("completed", 12_000, 0), (2, 0))
    deliver(now=soon(minutes=6))  # when the hold would have been released
    assert counted(box) == (2, 0)
    assert violations() == []


def test_late_money_is_served_while_the_issue_can(placed, box, wechat):
    expire(placed)
    deliver(now=soon(minutes=4))
    assert wechat.pay(placed.order_no, late=True) == [204]
    deliver(now=soon(minutes=5))
    assert (facts(placed), payment_status(), counted(box)) == (("completed", 12_000, 0), "success", (2, 0))
    assert DrawLog.objects.count() == 2
    assert violations() == []


def test_late_money_that_cannot_be_served_goes_back_by_itself(refunding_order, box, wechat):
    refund = Refund.objects.get()
    assert (refund.status, refund.amount_fen, refund.reason) == ("processing", 12_000, "late")
    assert wechat.end_refund(refund.out_refund_no) == [204]
    deliver(now=soon(minutes=5))
    refund.refresh_from_db()
    assert (refund.status, payment_status()) == ("succeeded", "refunded")
    assert facts(refunding_order) == ("refunded", 12_000, 12_000)
    assert not DrawLog.objects.filter(batch__order_id=refunding_order.pk).exists()
    assert violations() == []


def test_a_refund_waits_for_a_silent_wechat_without_giving_up(placed, make_member, box, wechat):
    expire(placed)
    deliver(now=soon(minutes=4))
    sell_out(make_member, box)
    wechat.fail("/v3/refund", status=502, times=8)
    wechat.pay(placed.order_no, late=True)
    for tries in range(9):
        deliver(now=soon(minutes=5, seconds=11 * tries))
    assert Refund.objects.get().status == "processing"
    assert not OutboxMessage.objects.dead().exists()
    assert wechat.calls("/v3/refund") == 9


def test_a_refusal_without_wechats_signature_neither_closes_a_payment_nor_fails_a_refund(
    placed, make_member, box, wechat
):
    expire(placed)
    wechat.fail("/v3/pay/transactions/out-trade-no", status=404, code="ORDER_NOT_EXIST", unsigned=True)
    deliver(now=soon(minutes=4))
    assert (payment_status(), counted(box)) == ("prepared", (0, 2))
    deliver(now=soon(minutes=4, seconds=11))
    assert (payment_status(), counted(box)) == ("closed", (0, 0))
    sell_out(make_member, box)
    wechat.fail("/v3/refund", status=403, code="NOT_ENOUGH", unsigned=True)
    wechat.pay(placed.order_no, late=True)
    deliver(now=soon(minutes=5))
    assert Refund.objects.get().status == "requested"
    deliver(now=soon(minutes=5, seconds=11))
    assert (Refund.objects.get().status, wechat.calls("/v3/refund")) == ("processing", 2)


def test_a_second_success_is_surplus_and_goes_back_whole(placed, box, wechat):
    wechat.pay(placed.order_no)
    deliver(now=soon())
    second = make_second_payment(placed, amount_fen=12_000, now=soon())
    announce(second, placed)
    assert wechat.pay(second.out_trade_no) == [204]
    deliver(now=soon(seconds=1))
    refund = Refund.objects.get()
    assert (refund.payment_id, refund.amount_fen, refund.reason) == (second.pk, 12_000, "surplus")
    assert Payment.objects.get(pk=second.pk).status == "surplus"
    assert violations() == []
    wechat.end_refund(refund.out_refund_no)
    deliver(now=soon(seconds=2))
    assert Payment.objects.get(pk=second.pk).status == "refunded"
    assert (facts(placed), counted(box)) == (("completed", 12_000, 0), (2, 0))
    assert violations() == []


def announce(payment, order):
    get_gateway().prepay(
        out_trade_no=payment.out_trade_no,
        amount_fen=payment.amount_fen,
        openid=order.member.openid,
        description="海洋系列",
        expires_at=payment.expires_at,
        now=timezone.now(),
    )


def test_staff_refund_a_drawn_order(placed, member, box, wechat, operator):
    wechat.pay(placed.order_no)
    deliver(now=soon())
    actor = Actor(id=operator.pk, name="admin", ip="10.0.0.1")
    staff.refund_order(order_id=placed.pk, reason="客诉", actor=actor, now=soon())
    deliver(now=soon())
    refund = Refund.objects.get()
    assert (facts(placed), refund.reason, refund.note) == (("refunding", 12_000, 0), "staff", "客诉")
    assert set(InventoryItem.objects.values_list("status", "reason")) == {("gone", "refunded")}
    wechat.end_refund(refund.out_refund_no)
    deliver(now=soon())
    assert (facts(placed), counted(box)) == (("refunded", 12_000, 12_000), (2, 0))
    assert violations() == []


def test_points_are_returned_to_points(make_member, box, operator):
    member = make_member(points_balance=1000)
    order = factory.buy(member, box, pay_with=PayWith.POINTS, now=soon())
    staff.refund_order(order_id=order.pk, reason="客诉", actor=SYSTEM, now=soon())
    assert PointAccount.objects.get(member=member, kind="general").balance == 1000
    assert (facts(order), Refund.objects.get().points) == (("refunded", 0, 0), 600)
    assert Refund.objects.get().status == "succeeded"
    assert violations() == []
