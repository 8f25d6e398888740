"""Finding an order by what somebody holds in their hands, and the way from each page to the next."""

import pytest

from activities.models import DrawBatch, DrawLog
from orders.enums import PayWith
from orders.models import InventoryItem, Order
from tests.factories.activities import open_box
from tests.factories.orders import buy, mark_paid, payment_of

ORDERS = "/admin/orders/order/"


def shown(office, url, **asked):
    return [row.pk for row in office.get(url, asked).context["cl"].result_list]


@pytest.fixture
def bought(make_member):
    """Return an order of one draw, paid by points, of each of two activities."""
    member = make_member(points_balance=1200)
    boxes = [open_box(last=False, name=name) for name in ("深海鲸歌", "森林")]
    return [buy(member, box, count=1, pay_with=PayWith.POINTS) for box in boxes]


def test_an_order_is_found_by_the_numbers_of_its_payment(office, make_member):
    paid, other = (buy(make_member(), open_box(name=name)) for name in ("一", "二"))
    mark_paid(paid, transaction_id="4200002026113000000001")
    numbers = ["4200002026113000000001", payment_of(paid).out_trade_no, paid.order_no, str(paid.member_id)]
    assert [shown(office, ORDERS, q=number) for number in numbers] == [[paid.pk]] * 4
    assert shown(office, ORDERS, q="4200002026113000000002") == []
    assert set(shown(office, ORDERS)) == {paid.pk, other.pk}
    page = office.get(f"{ORDERS}{paid.pk}/change/")
    [(number, amount, *_, transaction_id, _)] = dict(page.context["panels"])["支付与退款"].rows
    assert (f"/admin/orders/payment/{payment_of(paid).pk}/change/" in number, amount, transaction_id) == (
        True, "¥60.00", "4200002026113000000001",
    )  # fmt: skip


def test_orders_are_filtered_by_the_activity_that_was_drawn(office, bought):
    whale, forest = bought
    of_forest = DrawBatch.objects.get(order_id=forest.pk).issue.activity_id
    assert shown(office, ORDERS, activity="鲸") == [whale.pk]
    assert shown(office, ORDERS, activity=str(of_forest)) == [forest.pk]
    assert shown(office, ORDERS, activity="没有") == []
    assert shown(office, ORDERS, activity="9" * 30) == []


@pytest.mark.parametrize("page", ["drawlog", "drawbatch"])
def test_draws_and_batches_are_found_by_order_and_by_activity(office, bought, page):
    url, whale = f"/admin/activities/{page}/", bought[0]
    batch = DrawBatch.objects.get(order_id=whale.pk)
    mine = [batch.pk] if page == "drawbatch" else [DrawLog.objects.get(batch=batch).pk]
    assert shown(office, url, q=whale.order_no) == mine
    assert shown(office, url, issue__activity__id__exact=batch.issue.activity_id) == mine
    assert len(shown(office, url)) == 2


def test_an_item_leads_to_its_draw_and_the_draw_to_its_order(office, bought):
    whale = bought[0]
    draw = DrawLog.objects.get(batch__order_id=whale.pk)
    item = InventoryItem.objects.get(source_id=draw.batch_id)
    [row] = dict(office.get(f"/admin/orders/inventoryitem/{item.pk}/change/").context["panels"])["抽到它的那一抽"].rows
    assert f"/admin/activities/drawlog/{draw.pk}/change/" in row[0]
    text = office.get(f"/admin/activities/drawlog/{draw.pk}/change/").content.decode()
    assert f'href="{ORDERS}{whale.pk}/change/">{whale.order_no}</a>' in text
    assert f'href="/admin/activities/drawbatch/{draw.batch_id}/change/"' in text
    assert Order.objects.count() == 2
