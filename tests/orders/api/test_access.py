"""Who may call which route of orders: the member, another, nobody, one who is disabled, operators (S-01, S-03)."""

import pytest
from django.utils import timezone

from accounts.models import Member
from blindbox.system.models import IdempotencyKey, OutboxMessage
from orders.models import InventoryItem, Order, Payment
from tests.factories import orders as factory
from tests.factories.orders import make_item

pytestmark = pytest.mark.django_db
KEY = {"HTTP_IDEMPOTENCY_KEY": "k1"}
OWN = [("get", "/api/app/users/{user}/orders"), ("get", "/api/app/users/{user}/inventory")]
BY_NUMBER = [
    ("get", "/api/app/orders/{order}"),
    ("post", "/api/app/orders/{order}/pay"),
    ("post", "/api/app/orders/{order}/cancel"),
]
EVERY_ROUTE = [*OWN, *BY_NUMBER]
ADMIN = "/api/admin/users/{user}/orders"


@pytest.fixture
def owner(make_member):
    return make_member(nickname="主人")


@pytest.fixture
def order(owner, box):
    placed = factory.buy(owner, box, now=timezone.now())
    make_item(owner, box.rewards.first().product, part=9)
    return placed


def call(client, method, url, order):
    path = url.format(user=order.member_id, order=order.order_no)
    return client.get(path) if method == "get" else client.post(path, {}, **KEY)


def state():
    tables = (Order, Payment, InventoryItem, IdempotencyKey, OutboxMessage)
    return [list(model.objects.order_by("pk").values()) for model in tables]


@pytest.mark.parametrize("method,url", OWN)
def test_anothers_lists_are_forbidden_whether_they_exist_or_not(app_client, make_member, order, refused, method, url):
    before, stranger = state(), app_client(make_member())
    for user_id in (order.member_id, 10**9, 0, -1, "ME", "0" + str(order.member_id)):
        answer = stranger.get(url.format(user=user_id))
        assert refused(answer) == (403, "common.forbidden")
        assert order.order_no not in answer.content.decode()
    assert state() == before


@pytest.mark.parametrize("method,url", BY_NUMBER)
def test_anothers_order_is_not_found(app_client, make_member, order, refused, method, url):
    before, stranger = state(), app_client(make_member())
    answer = call(stranger, method, url, order)
    assert refused(answer) == (404, "common.not_found")
    assert answer.json()["message"] == "订单不存在"
    assert state() == before


@pytest.mark.parametrize("method,url", BY_NUMBER)
@pytest.mark.parametrize("number", ["0", "x" * 500, "二六一一", "1%00", "' OR 1=1 --", "😀"])
def test_an_order_that_is_not_there_is_not_found(app_client, owner, order, refused, method, url, number):
    before, client = state(), app_client(owner)
    path = url.format(order=number)
    answer = client.get(path) if method == "get" else client.post(path, {}, **KEY)
    assert refused(answer) == (404, "common.not_found")
    assert state() == before


def test_an_order_number_is_compared_byte_for_byte(app_client, owner, order, refused):
    Order.objects.filter(pk=order.pk).update(order_no="Abc")
    client = app_client(owner)
    assert client.get("/api/app/orders/Abc").status_code == 200
    for number in ("abc", "ABC", "Abc%20", "%20Abc"):
        assert refused(client.get(f"/api/app/orders/{number}")) == (404, "common.not_found")


@pytest.mark.parametrize("method,url", EVERY_ROUTE)
def test_nobody_and_operators_must_log_in_as_a_member(
    anonymous, admin_client_for, operator, order, refused, method, url
):
    before = state()
    assert refused(call(anonymous, method, url, order)) == (401, "auth.not_authenticated")
    assert refused(call(admin_client_for(operator), method, url, order)) == (401, "auth.token_invalid")
    assert state() == before


@pytest.mark.parametrize("method,url", EVERY_ROUTE)
def test_a_ban_acts_at_once(app_client, owner, order, refused, method, url):
    client = app_client(owner)
    Member.objects.filter(pk=owner.pk).update(status="disabled")
    before = state()
    assert refused(call(client, method, url, order)) == (403, "auth.member_disabled")
    assert state() == before


@pytest.mark.parametrize("method,url", EVERY_ROUTE)
def test_other_methods_and_a_trailing_slash_are_refused(app_client, owner, order, refused, method, url):
    client, path = app_client(owner), url.format(user="me", order=order.order_no)
    other = client.post(path, {}, **KEY) if method == "get" else client.get(path)
    assert refused(other) == (405, "common.method_not_allowed")
    assert client.get(f"{path}/").status_code == 404


def test_the_back_office_list_needs_its_permission(admin_client_for, make_operator, order, refused):
    url = ADMIN.format(user=order.member_id)
    without = make_operator(username="without", permissions=["orders.view_payment", "accounts.view_member"])
    assert refused(admin_client_for(without).get(url)) == (403, "common.forbidden")
    holder = make_operator(username="holder", permissions=["orders.view_order"])
    answer = admin_client_for(holder).get(url)
    assert (answer.status_code, answer.json()["list"][0]["order_no"]) == (200, order.order_no)


def test_the_back_office_list_is_closed_to_members_and_strangers(anonymous, app_client, owner, order, refused):
    url = ADMIN.format(user=order.member_id)
    assert refused(anonymous.get(url)) == (401, "auth.not_authenticated")
    assert refused(app_client(owner).get(url)) == (401, "auth.token_invalid")


@pytest.mark.parametrize("user_id", [0, 10**9, 2**63, 2**70])
def test_a_member_who_is_not_there_has_no_list(admin_client_for, operator, refused, user_id):
    assert refused(admin_client_for(operator).get(ADMIN.format(user=user_id))) == (404, "common.not_found")
