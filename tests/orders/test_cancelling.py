"""A cancelled order: closed at WeChat at once, so that its member may buy again; money that still comes is not lost."""

import pytest

from activities.models import DrawBatch
from blindbox.common.invariants import violations
from orders.models import Order, Refund
from tests.factories.orders import deliver
from tests.orders.watching import counted, facts, payment_status, sell_out, soon

pytestmark = pytest.mark.django_db


def cancel(client, order):
    return client.post(f"/api/app/orders/{order.order_no}/cancel", HTTP_IDEMPOTENCY_KEY="c")


def test_a_cancelled_order_is_closed_at_wechat_and_its_hold_released(placed, app_client, member, box, wechat):
    answer = cancel(app_client(member), placed)
    assert (answer.status_code, answer.json()["status"]) == (200, "closed")
    assert (wechat.state_of(placed.order_no), payment_status(), counted(box)) == ("CLOSED", "closed", (0, 2))
    deliver(now=soon())
    assert (counted(box), DrawBatch.objects.get().status) == ((0, 0), "released")
    assert violations() == []


def test_who_cancels_may_buy_again_at_once(placed, order_draws, app_client, member, box, wechat):
    cancel(app_client(member), placed)
    again = order_draws(member, box, count=3, key="k2")
    assert (again.status_code, again.json()["order"]["status"], counted(box)) == (201, "pending", (0, 3))
    deliver(now=soon())
    assert (counted(box), violations()) == ((0, 3), [])


def test_a_repeated_cancel_closes_once(placed, app_client, member, wechat):
    first, second = (cancel(app_client(member), placed) for _ in range(2))
    assert (first.json(), second.headers["Idempotent-Replay"]) == (second.json(), "true")
    deliver(now=soon())
    assert wechat.calls("/close") == 1


def test_an_open_order_is_named_to_who_would_buy_another(placed, order_draws, member, box, refused):
    answer = order_draws(member, box, key="k2")
    assert refused(answer) == (409, "draw.hold_open")
    assert answer.json()["details"] == {"order_no": placed.order_no, "order_status": "pending"}
    assert (Order.objects.count(), counted(box)) == (1, (0, 2))


def test_a_cancel_that_wechat_does_not_answer_is_finished_by_the_worker(
    placed, order_draws, app_client, member, box, wechat, refused
):
    wechat.fail("/v3/pay/transactions/out-trade-no", status=502)
    answer = cancel(app_client(member), placed)
    assert (answer.status_code, answer.json()["status"], payment_status()) == (200, "closed", "prepared")
    again = order_draws(member, box, key="k2")  # it could still be paid, so its quantity is not given away
    assert refused(again) == (409, "draw.hold_open")
    assert again.json()["details"] == {"order_no": placed.order_no, "order_status": "closed"}
    deliver(now=soon())
    assert order_draws(member, box, key="k2").status_code == 201
    assert (wechat.state_of(placed.order_no), counted(box)) == ("CLOSED", (0, 1))


def test_an_order_that_wechat_never_heard_of_makes_room_at_once(order_draws, app_client, member, box, wechat):
    wechat.fail("/v3/pay/transactions/jsapi", status=500)
    assert order_draws(member, box, count=2).status_code == 503
    order = Order.objects.get()
    assert cancel(app_client(member), order).status_code == 200
    assert wechat.calls("/close") == 0
    assert (order_draws(member, box, key="k2").status_code, counted(box)) == (201, (0, 1))
    deliver(now=soon())
    assert (counted(box), violations()) == ((0, 1), [])


def test_an_order_that_was_paid_when_it_is_cancelled_is_served(placed, app_client, member, box, wechat):
    wechat.pay_in_silence(placed.order_no)
    assert cancel(app_client(member), placed).json()["status"] == "paid"
    deliver(now=soon())
    assert (facts(placed), counted(box), violations()) == (("completed", 12_000, 0), (2, 0), [])


def test_money_for_a_cancelled_order_is_served_beside_the_next(placed, order_draws, app_client, member, box, wechat):
    cancel(app_client(member), placed)
    order_draws(member, box, key="k2")
    assert wechat.pay(placed.order_no, late=True) == [204]
    deliver(now=soon())
    assert (facts(placed), counted(box), violations()) == (("completed", 12_000, 0), (2, 1), [])


def test_money_for_a_cancelled_order_goes_back_if_its_place_is_sold(
    placed, order_draws, app_client, make_member, member, box, wechat
):
    cancel(app_client(member), placed)
    wechat.pay(order_draws(member, box, key="k2").json()["payment"]["out_trade_no"])
    deliver(now=soon())
    sell_out(make_member, box)
    assert wechat.pay(placed.order_no, late=True) == [204]
    deliver(now=soon())
    assert (facts(placed), Refund.objects.get().reason) == (("refunding", 12_000, 0), "late")
    assert violations() == []
