"""An order's page: what happened, what was won, and giving it all back."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activities.models import DrawBatch
from blindbox.system.models import OperationLog
from orders.enums import InventoryStatus, OrderStatus, PayWith, RefundFailure, RefundStatus
from orders.models import InventoryItem, Order, OrderItem, Refund
from tests.factories import draws
from tests.factories.activities import NOW, open_box
from tests.factories.orders import buy
from tests.factories.pages import press, said

ORDER = "orders.order"


@pytest.fixture
def drawn(make_member):
    """Return an order of three draws, paid by points."""
    return buy(make_member(points_balance=1800), open_box(last=False), count=3, pay_with=PayWith.POINTS)


def test_the_page_shows_the_timeline_and_each_draw_with_its_verification(office, drawn):
    page = office.get(f"/admin/orders/order/{drawn.pk}/change/")
    text = page.content.decode()
    assert [moment in text for moment in ("下单，应付 1800 积分", "支付成功（积分）", "已完成")] == [True, True, True]
    panels = dict(page.context["panels"])
    assert list(panels) == ["抽奖结果", "用这张订单参加的抽奖", "支付与退款"]
    assert (len(panels["抽奖结果"].rows), panels["支付与退款"].rows) == (3, [])
    assert text.count('href="/verify/') == 3


def test_what_was_paid_in_the_second_of_its_order_comes_after_it(office, drawn):
    """WeChat tells whole seconds: the moment of payment may lie before that of the order."""
    drawn.created_at = drawn.created_at.replace(microsecond=900_000)
    second = drawn.created_at.replace(microsecond=0)
    Order.objects.filter(pk=drawn.pk).update(created_at=drawn.created_at, paid_at=second, completed_at=second)
    text = office.get(f"/admin/orders/order/{drawn.pk}/change/").content.decode()
    places = [text.index(f"<span>{moment}<") for moment in ("下单，应付 1800 积分", "支付成功（积分）", "已完成")]
    assert places == sorted(places)


def test_batches_are_listed_by_the_number_of_their_order(office, drawn):
    page = office.get("/admin/activities/drawbatch/").content.decode()
    assert f'href="/admin/orders/order/{drawn.pk}/change/">{drawn.order_no}</a>' in page
    batch = order_batch(drawn)
    assert drawn.order_no in office.get(f"/admin/activities/drawbatch/{batch.pk}/change/").content.decode()


def test_an_inventory_item_says_where_it_came_from(office, drawn):
    item = InventoryItem.objects.order_by("pk").first()
    page = office.get(f"/admin/orders/inventoryitem/{item.pk}/change/").content.decode()
    assert f"活动抽奖 {item.source_id} 第 {item.source_part + 1} 件" in page


def test_a_refund_takes_the_prizes_back_and_returns_the_points(office, drawn):
    answer = press(office, ORDER, "refund", drawn.pk, reason="客户投诉")
    assert said(answer)[0].startswith("退款已受理")
    drawn.refresh_from_db()
    assert drawn.status == OrderStatus.REFUNDED
    assert Refund.objects.get().status == RefundStatus.SUCCEEDED
    assert drawn.member.point_accounts.get(kind="general").balance == 1800
    assert not InventoryItem.objects.exclude(status=InventoryStatus.GONE).exists()
    logged = OperationLog.objects.get(action="退款")
    assert (logged.reason, logged.object_id) == ("客户投诉", str(drawn.pk))


def test_the_modal_names_the_order_the_member_and_what_goes_where(office, drawn):
    text = office.get(f"/admin/orders/order/{drawn.pk}/refund/").content.decode()
    lines = (drawn.order_no, str(drawn.member), "退回 1800 积分", "收回 3 件奖品")
    assert [line in text for line in lines] == [True] * 4
    assert "到微信" not in text


def test_the_modal_of_an_order_paid_by_wechat_names_the_cash_and_the_log_keeps_both_sides(office, make_member):
    order_id = draws.hold(make_member(), open_box(last=False), 2, now=NOW)
    draws.pay(order_id, now=NOW)
    draws.settle(order_id, now=NOW)
    assert "退回 ¥120.00 到微信" in office.get(f"/admin/orders/order/{order_id}/refund/").content.decode()
    press(office, ORDER, "refund", order_id, reason="客户投诉")
    logged = OperationLog.objects.get(action="退款")
    assert logged.before == {"status": "completed"}
    assert logged.after == {"status": "refunding", "refund_fen": 12_000, "units_taken": 2}
    page = office.get(f"/admin/system/operationlog/{logged.pk}/change/").content.decode()
    words = ("已完成", "退款中", "退回现金", "¥120.00", "收回奖品（件）", f"/admin/orders/order/{order_id}/change/")
    assert [word in page for word in words] == [True] * 6


def test_a_refund_of_points_is_done_at_once_and_logged_so(office, drawn):
    press(office, ORDER, "refund", drawn.pk, reason="客户投诉")
    after = OperationLog.objects.get(action="退款").after
    assert after == {"status": "refunded", "points_returned": 1800, "units_taken": 3}


def test_the_list_says_what_was_bought_with_one_question_for_the_page(office, drawn, make_member):
    def asked():
        with CaptureQueriesContext(connection) as asked:
            text = office.get("/admin/orders/order/").content.decode()
        return text, len(asked)

    text, few = asked()
    assert str(OrderItem.objects.get()) in text
    for _ in range(3):
        buy(make_member(), order_issue(drawn), now=NOW)
    assert asked()[1] == few


def test_a_number_leads_to_its_order_and_an_unknown_one_nowhere(office, office_of, make_operator, drawn):
    answer = office.get(f"/admin/orders/order/number/{drawn.order_no}/")
    assert answer["Location"] == f"/admin/orders/order/{drawn.pk}/change/"
    assert office.get("/admin/orders/order/number/123/").status_code == 404
    nobody = office_of(make_operator(permissions=["accounts.view_member"]))
    assert nobody.get(f"/admin/orders/order/number/{drawn.order_no}/").status_code == 403


def test_what_was_given_away_stops_the_refund_and_the_modal_says_so(office, drawn):
    InventoryItem.objects.update(status=InventoryStatus.RESERVED)
    answer = press(office, ORDER, "refund", drawn.pk, reason="客户投诉")
    assert "HX-Redirect" not in answer
    assert 'class="bb-refusal"' in answer.content.decode()
    assert Order.objects.get().status == OrderStatus.COMPLETED
    assert not Refund.objects.exists()
    assert not OperationLog.objects.filter(action="退款").exists()


def test_a_refund_needs_a_reason_and_the_right_to_give_one(office, office_of, make_operator, drawn):
    assert "必填项" in press(office, ORDER, "refund", drawn.pk, reason="").content.decode()
    looking = office_of(make_operator(permissions=["orders.view_order"]))
    assert press(looking, ORDER, "refund", drawn.pk, reason="x").status_code == 403
    assert not Refund.objects.exists()


def test_an_unpaid_order_has_no_refund_button(office, make_member):
    order = buy(make_member(), open_box(), now=NOW)
    assert f"/{order.pk}/refund/" not in office.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    assert press(office, ORDER, "refund", order.pk, reason="x").status_code == 403


@pytest.mark.parametrize("by", ["order_no", "phone", "openid"])
def test_an_order_is_found_by_number_phone_and_openid(office, make_member, by):
    ming = make_member(phone="13912348000")
    order = buy(ming, open_box(), now=NOW)
    buy(make_member(), order_issue(order), now=NOW)
    asked = {"order_no": order.order_no, "phone": "8000", "openid": ming.openid}[by]
    found = office.get("/admin/orders/order/", {"q": asked}).context["cl"].result_list
    assert [each.pk for each in found] == [order.pk]


def order_batch(order):
    return DrawBatch.objects.get(order_id=order.pk)


def order_issue(order):
    return order_batch(order).issue


def test_a_failed_refund_is_sent_again_once(office, drawn):
    told = {"failure_kind": RefundFailure.REFUSED, "failure": "余额不足"}
    refund = Refund.objects.create(
        order=drawn, out_refund_no="R1", points=5, status=RefundStatus.FAILED, reason="staff", **told
    )
    assert said(press(office, "orders.refund", "retry", refund.pk, reason="已充值")) == ["已重新向微信申请"]
    assert press(office, "orders.refund", "retry", refund.pk, reason="再来").status_code == 403
    assert OperationLog.objects.filter(action="重试退款").count() == 1
