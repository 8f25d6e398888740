"""A member's orders and inventory over HTTP: what they show, their filters and pages, and what keys do."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activities.models import DrawCommitment
from activities.services.refunding import refund_order
from blindbox.system.audit import SYSTEM
from blindbox.system.models import IdempotencyKey, OutboxMessage
from orders.enums import PayWith
from orders.models import InventoryItem, Order
from tests.factories import orders as factory
from tests.factories.activities import open_box
from tests.factories.orders import make_order

pytestmark = pytest.mark.django_db
ORDERS, INVENTORY = "/api/app/users/me/orders", "/api/app/users/me/inventory"


@pytest.fixture
def rich(make_member):
    return make_member(points_balance=1_000_000)


@pytest.fixture
def client(app_client, rich):
    return app_client(rich)


def by_points(member, issue, count=1):
    return factory.buy(member, issue, count=count, pay_with=PayWith.POINTS, now=timezone.now())


def numbers(answer):
    assert answer.status_code == 200, answer.content
    return [order["order_no"] for order in answer.json()["list"]]


def test_an_order_shows_everything_that_its_page_needs(client, rich, box):
    order = by_points(rich, box, count=2)
    shown = client.get(f"/api/app/orders/{order.order_no}").json()
    draws, timeline = shown.pop("draws"), shown.pop("timeline")
    created_at, paid_at = shown.pop("created_at"), shown.pop("paid_at")
    assert shown == {
        "order_no": order.order_no,
        "source": "draw",
        "source_label": "活动抽奖",
        "status": "completed",
        "status_label": "已完成",
        "pay_with": "points",
        "pay_with_label": "积分",
        "log_head": DrawCommitment.objects.order_by("-seq").first().entry_hash,
        "items": [
            {
                "title": shown["items"][0]["title"],
                "product_id": None,
                "quantity": 2,
                "unit_price_fen": 0,
                "unit_points": 600,
                "amount_fen": 0,
            }
        ],
        "goods_fen": 0,
        "discount_fen": 0,
        "points_used": 1200,
        "points_fen": 0,
        "wallet_fen": 0,
        "freight_fen": 0,
        "payable_fen": 0,
        "paid_fen": 0,
        "refunded_fen": 0,
        "expires_at": None,
        "shipping": None,
    }
    assert created_at == paid_at
    assert created_at.endswith("+08:00")
    assert [(entry["event"], entry["event_label"]) for entry in timeline] == [
        ("created", "下单"),
        ("paid", "支付"),
        ("completed", "完成"),
    ]
    owned = set(InventoryItem.objects.values_list("pk", flat=True))
    assert {draw["inventory_id"] for draw in draws} == owned
    assert set(draws[0]) == {"id", "reward", "ticket_no", "prize_index", "is_bonus", "refunded", "inventory_id", "play"}
    assert set(draws[0]["reward"]) == {"id", "level", "name", "kind", "kind_label", "image_url"}


def test_a_refund_is_in_the_timeline_and_on_each_draw_that_went_back(client, rich, box):
    order = by_points(rich, box, count=2)
    path = f"/api/app/orders/{order.order_no}"
    assert [draw["refunded"] for draw in client.get(path).json()["draws"]] == [False, False]
    refund_order(order_id=order.pk, reason="客户投诉", actor=SYSTEM, now=timezone.now())
    shown = client.get(path).json()
    assert [draw["refunded"] for draw in shown["draws"]] == [True, True]
    timeline = shown["timeline"]
    assert [entry["event_label"] for entry in timeline] == ["下单", "支付", "完成", "申请退款", "退款到账"]
    assert [entry["at"] for entry in timeline] == sorted(entry["at"] for entry in timeline)
    assert "客户投诉" not in client.get(path).content.decode()
    [listed] = client.get(ORDERS).json()["list"]
    assert (listed["timeline"], listed["draws"]) == (timeline, shown["draws"])


def test_a_late_payment_stands_after_the_closing_that_it_came_after(client, rich):
    now = timezone.now()
    moments = {"created_at": now, "closed_at": now + timedelta(minutes=3), "paid_at": now + timedelta(minutes=4)}
    order = make_order(rich, status="paid", close_reason="expired", now=now, **moments)
    shown = client.get(f"/api/app/orders/{order.order_no}").json()
    assert [entry["event"] for entry in shown["timeline"]] == ["created", "closed", "paid"]


def test_the_list_shows_own_orders_newest_first(client, rich, make_member, box):
    mine = [by_points(rich, box).order_no for _ in range(3)]
    by_points(make_member(points_balance=600), box)
    assert numbers(client.get(ORDERS)) == mine[::-1]
    assert numbers(client.get(f"/api/app/users/{rich.pk}/orders")) == mine[::-1]


def test_the_list_comes_in_pages(client, rich):
    mine = [make_order(rich).order_no for _ in range(5)][::-1]
    page = client.get(ORDERS, {"page": 2, "page_size": 2})
    assert numbers(page) == mine[2:4]
    assert {name: page.json()[name] for name in ("total", "page", "page_size")} == {
        "total": 5,
        "page": 2,
        "page_size": 2,
    }
    assert numbers(client.get(ORDERS, {"page": 9})) == []


@pytest.mark.parametrize(
    "query",
    [
        {"page": 0},
        {"page": -1},
        {"page": "x"},
        {"page_size": 0},
        {"page_size": 101},
        {"page_size": 10**9},
        {"page": 2**63},
        {"page": 1.5},
        {"source": "nothing"},
        {"status": "nothing"},
        {"status": "PAID"},
        {"created_after": "yesterday"},
        {"created_after": "2026-13-01"},
        {"created_after": "2026-11-22T12:00:00"},
        {"created_after": "0001-01-01T00:00:00+08:00"},
        {"created_after": "9999-12-31T23:59:59-12:00"},
    ],
)
@pytest.mark.parametrize("member_side", [True, False])
def test_a_list_refuses_what_it_does_not_understand(
    client, admin_client_for, operator, rich, refused, query, member_side
):
    url = ORDERS if member_side else f"/api/admin/users/{rich.pk}/orders"
    answer = (client if member_side else admin_client_for(operator)).get(url, query)
    assert refused(answer) == (400, "common.invalid")
    assert set(answer.json()) == {"code", "message", "details", "request_id"}
    assert answer.json()["details"][0]["field"] == next(iter(query))
    assert answer.json()["details"][0]["message"]
    assert isinstance(answer.json()["details"][0]["code"], str)
    assert answer.headers["X-Request-ID"] == answer.json()["request_id"]


def test_the_list_is_filtered(client, rich):
    now = timezone.now()
    old = make_order(rich, now=now - timedelta(days=2))
    new = make_order(rich, source="mall", now=now - timedelta(hours=1))
    done = make_order(rich, status="closed", now=now)
    assert numbers(client.get(ORDERS, {"source": "draw"})) == [done.order_no, old.order_no]
    assert numbers(client.get(ORDERS, {"status": "pending"})) == [new.order_no, old.order_no]
    assert numbers(client.get(ORDERS, {"status": "pending", "source": "mall"})) == [new.order_no]
    since = (now - timedelta(hours=1)).isoformat()
    assert numbers(client.get(ORDERS, {"created_after": since})) == [done.order_no, new.order_no]
    assert numbers(client.get(ORDERS, {"created_after": (now + timedelta(microseconds=1)).isoformat()})) == []
    assert numbers(client.get(ORDERS, {"status": "refunded"})) == []


def queries_of(client, url):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(url, {"page_size": 100}).status_code == 200
    return len(queries)


@pytest.mark.parametrize(("member_side", "most"), [(True, 9), (False, 11)])
def test_a_longer_list_needs_no_more_queries(client, admin_client_for, operator, rich, member_side, most):
    issue = open_box(total=200, last=False, now=timezone.now())
    url = ORDERS if member_side else f"/api/admin/users/{rich.pk}/orders"
    caller = client if member_side else admin_client_for(operator)
    by_points(rich, issue, count=2)
    few = queries_of(caller, url)
    for count in (1, 3, 5, 10):
        by_points(rich, issue, count=count)
    assert queries_of(caller, url) == few
    assert few <= most


def test_the_inventory_shows_what_was_won(client, rich, box):
    by_points(rich, box, count=3)
    shown = client.get(INVENTORY).json()
    assert (shown["total"], len(shown["list"])) == (3, 3)
    first = InventoryItem.objects.latest("pk")
    assert shown["list"][0] == {
        "id": first.pk,
        "product_id": first.product_id,
        "title": first.title,
        "image_url": first.image_url,
        "reference_value_fen": first.reference_value_fen,
        "status": "held",
        "status_label": "持有中",
        "reason": "",
        "reason_label": "",
        "source": "draw",
        "source_label": "活动抽奖",
        "created_at": shown["list"][0]["created_at"],
    }
    assert len(client.get(INVENTORY, {"page_size": 1}).json()["list"]) == 1


def test_the_inventory_is_filtered(client, rich, box, refused):
    by_points(rich, box, count=3)
    first = InventoryItem.objects.earliest("pk")
    InventoryItem.objects.filter(pk=first.pk).update(status="gone", reason="refunded")
    gone = client.get(INVENTORY, {"status": "gone"}).json()["list"]
    assert [(item["id"], item["reason_label"]) for item in gone] == [(first.pk, "已退款")]
    assert client.get(INVENTORY, {"status": "held"}).json()["total"] == 2
    assert refused(client.get(INVENTORY, {"status": "lost"})) == (400, "common.invalid")


def test_a_longer_inventory_needs_no_more_queries(client, rich, box):
    by_points(rich, box)
    few = queries_of(client, INVENTORY)
    by_points(rich, box, count=10)
    assert queries_of(client, INVENTORY) == few


# keys


@pytest.fixture
def unpaid(rich, box):
    return factory.buy(rich, box, now=timezone.now())


@pytest.mark.parametrize("action", ["pay", "cancel"])
@pytest.mark.parametrize("key", [None, "", " ", "a b", "x" * 65, "键", "a\tb"])
def test_a_command_needs_a_key_of_visible_characters(client, unpaid, refused, action, key):
    headers = {} if key is None else {"HTTP_IDEMPOTENCY_KEY": key}
    answer = client.post(f"/api/app/orders/{unpaid.order_no}/{action}", **headers)
    assert refused(answer) == (400, "common.idempotency_key_required")
    assert answer.json()["message"] == "缺少或无效的请求头 Idempotency-Key（1–64 个可见 ASCII 字符）"
    assert IdempotencyKey.objects.count() == 1  # of the purchase itself
    unpaid.refresh_from_db()
    assert unpaid.status == "pending"


def cancel(client, order, key="k1", body=None):
    return client.post(f"/api/app/orders/{order.order_no}/cancel", body or {}, HTTP_IDEMPOTENCY_KEY=key)


def test_a_repeated_cancel_answers_the_first(client, unpaid):
    first, again = cancel(client, unpaid), cancel(client, unpaid)
    assert (first.status_code, first.json()["status"]) == (200, "closed")
    assert "Idempotent-Replay" not in first.headers
    assert (again.status_code, again.headers["Idempotent-Replay"], again.json()) == (200, "true", first.json())
    assert OutboxMessage.objects.filter(topic="orders.order_closed", subscriber="orders.close_payment").count() == 1


def test_a_key_of_another_command_is_refused(client, rich, unpaid, make_member, app_client, box, refused):
    other = make_order(rich)
    cancel(client, unpaid)
    assert refused(cancel(client, other)) == (422, "common.idempotency_mismatch")
    assert refused(cancel(client, unpaid, body={"why": 1})) == (422, "common.idempotency_mismatch")
    other.refresh_from_db()
    assert other.status == "pending"
    stranger = make_member()
    theirs = factory.buy(stranger, box, now=timezone.now())
    assert cancel(app_client(stranger), theirs).status_code == 200  # a key is its member's own


def test_a_refused_cancel_leaves_no_key(client, rich, refused):
    paid = make_order(rich, status="paid", paid_at=timezone.now(), paid_fen=6000)
    answer = cancel(client, paid)
    assert refused(answer) == (409, "order.not_cancellable")
    assert answer.json()["message"] == "订单当前状态不能取消"
    assert IdempotencyKey.objects.count() == 0


def test_a_second_cancel_with_another_key_is_refused(client, unpaid, refused):
    cancel(client, unpaid)
    assert refused(cancel(client, unpaid, key="k2")) == (409, "order.not_cancellable")


REFUSED_TO_PAY = {
    "paid": ({"status": "paid", "paid_fen": 6000}, "order.not_payable", "订单当前状态不能支付"),
    "completed long ago": ({"status": "completed", "paid_fen": 6000}, "order.not_payable", "订单当前状态不能支付"),
    "refunded": ({"status": "refunded"}, "order.not_payable", "订单当前状态不能支付"),
    "cancelled": ({"status": "closed", "close_reason": "cancelled"}, "order.not_payable", "订单当前状态不能支付"),
    "expired": ({"status": "closed", "close_reason": "expired"}, "order.expired", "订单已超时关闭"),
    "overdue": ({"status": "pending"}, "order.expired", "订单已超时关闭"),
}


@pytest.mark.parametrize("columns,code,message", REFUSED_TO_PAY.values(), ids=REFUSED_TO_PAY)
def test_an_order_that_cannot_be_paid_says_why(client, rich, refused, columns, code, message):
    now = timezone.now()
    paid_at = now if columns["status"] in {"paid", "completed", "refunded"} else None
    order = make_order(rich, paid_at=paid_at, now=now - timedelta(hours=1), **columns)
    answer = client.post(f"/api/app/orders/{order.order_no}/pay", {}, HTTP_IDEMPOTENCY_KEY="k1")
    assert refused(answer) == (409, code)
    assert answer.json()["message"] == message


def test_an_order_of_points_is_not_payable(client, rich, box, refused):
    order = by_points(rich, box)
    answer = client.post(f"/api/app/orders/{order.order_no}/pay", {}, HTTP_IDEMPOTENCY_KEY="k1")
    assert refused(answer) == (409, "order.not_payable")


def test_paying_while_wechat_is_silent_changes_nothing(client, unpaid, wechat, refused):
    wechat.fail("/v3/pay/transactions/jsapi", status=502)
    answer = client.post(f"/api/app/orders/{unpaid.order_no}/pay", {}, HTTP_IDEMPOTENCY_KEY="k1")
    assert refused(answer) == (503, "payment.provider_unavailable")
    again = client.post(f"/api/app/orders/{unpaid.order_no}/pay", {}, HTTP_IDEMPOTENCY_KEY="k1")
    assert (again.status_code, again.json()["payment"]["out_trade_no"]) == (200, unpaid.order_no)


def test_paying_what_wechat_refuses_says_so(client, unpaid, wechat, refused):
    wechat.fail("/v3/pay/transactions/jsapi", status=403, code="NO_AUTH")
    answer = client.post(f"/api/app/orders/{unpaid.order_no}/pay", {}, HTTP_IDEMPOTENCY_KEY="k1")
    assert refused(answer) == (409, "payment.provider_refused")
    assert Order.objects.get().status == "pending"
