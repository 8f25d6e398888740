"""/api/admin/product_categories and /api/admin/products."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Member, Operator
from blindbox.system.models import OperationLog
from catalog.models import Category, Product
from tests.factories.catalog import make_category, make_product

CATEGORIES, PRODUCTS = "/api/admin/product_categories", "/api/admin/products"
RABBIT = {
    "name": "兔兔手办 🐰",
    "kind": "physical",
    "price_fen": 9900,
    "price_points": 990,
    "cost_fen": 4200,
    "stock": 10,
    "image_urls": ["https://img.example.com/rabbit.png", "/media/rabbit.png"],
    "description": "第一行\n第二行",
    "is_on_sale": True,
}


@pytest.fixture
def keeper(admin_client_for: Callable[[Operator], APIClient], operator: Operator) -> APIClient:
    return admin_client_for(operator)


def test_a_category_is_made_read_changed_and_deleted(keeper: APIClient):
    toys = keeper.post(CATEGORIES, {"name": "玩具"}).json()
    made = keeper.post(CATEGORIES, {"name": "盲盒", "parent_id": toys["id"], "sort": 2, "is_visible": False})
    assert made.status_code == 201
    body = made.json()
    url = f"{CATEGORIES}/{body['id']}"
    shown = {"id": body["id"], "name": "盲盒", "parent_id": toys["id"], "sort": 2, "is_visible": False}
    assert {name: keeper.get(url).json()[name] for name in shown} == shown
    assert keeper.patch(url, {"name": "盲盒系列"}).json()["parent_id"] == toys["id"]
    replaced = keeper.put(url, {"name": "盲盒系列"}).json()
    assert (replaced["parent_id"], replaced["sort"], replaced["is_visible"]) == (None, 0, True)
    deleted = keeper.delete(url)
    assert (deleted.status_code, deleted.json()) == (200, {})
    assert keeper.get(url).json()["code"] == "common.not_found"


def test_a_category_in_use_is_409(keeper: APIClient):
    category = make_category()
    make_product(categories=[category])
    refused = keeper.delete(f"{CATEGORIES}/{category.pk}")
    assert (refused.status_code, refused.json()["code"]) == (409, "category.in_use")
    assert Category.objects.count() == 1


def test_a_loop_is_409(keeper: APIClient):
    parent = make_category()
    child = make_category(parent=parent)
    refused = keeper.patch(f"{CATEGORIES}/{parent.pk}", {"parent_id": child.pk})
    assert (refused.status_code, refused.json()["code"]) == (409, "category.loop")


def test_categories_are_listed_in_their_order_and_narrowed(keeper: APIClient):
    last, first = make_category("乙", sort=2), make_category("甲", sort=1)
    child = make_category("甲之下", parent=first)
    listed = keeper.get(CATEGORIES).json()
    assert [each["id"] for each in listed["list"]] == [child.pk, first.pk, last.pk]
    assert (listed["total"], listed["page"], listed["page_size"]) == (3, 1, 20)
    assert [each["id"] for each in keeper.get(f"{CATEGORIES}?parent_id={first.pk}").json()["list"]] == [child.pk]
    assert [each["id"] for each in keeper.get(f"{CATEGORIES}?search=乙").json()["list"]] == [last.pk]


def test_a_product_is_made_read_changed_and_deleted(keeper: APIClient):
    category = make_category()
    made = keeper.post(PRODUCTS, {**RABBIT, "category_ids": [category.pk]})
    assert made.status_code == 201
    body = made.json()
    assert {name: body[name] for name in RABBIT} == RABBIT
    assert (body["category_ids"], body["kind_label"]) == ([category.pk], "实物")
    url = f"{PRODUCTS}/{body['id']}"
    assert keeper.get(url).json() == body
    assert keeper.patch(url, {"is_on_sale": False}).json()["category_ids"] == [category.pk]
    replaced = keeper.put(url, {"name": "兔兔"}).json()
    assert (replaced["category_ids"], replaced["price_fen"], replaced["cost_fen"]) == ([], None, 0)
    assert replaced["stock"] == 10  # only ever set by saying so
    assert keeper.delete(url).json() == {}
    assert not Product.objects.exists()


def test_stock_is_not_set_over_what_somebody_took(keeper: APIClient):
    product = make_product(stock=9)
    refused = keeper.patch(f"{PRODUCTS}/{product.pk}", {"stock": 30, "expected_stock": 10})
    assert (refused.status_code, refused.json()["code"]) == (409, "product.stock_moved")
    assert refused.json()["details"] == {"stock": 9}
    product.refresh_from_db()
    assert product.stock == 9


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[(money, bad) for money in ("price_fen", "cost_fen") for bad in (-1, 1.5, 1.0, True, "1", 2**63, 10**20)],
        *[(count, bad) for count in ("stock", "price_points") for bad in (-1, 1.5, False, "1", 2**63)],
        ("cost_fen", None),
        ("name", ""),
        ("name", " "),
        ("name", 5),
        ("name", "x" * 101),
        ("name", "两\n行"),
        ("name", "\x00"),
        ("name", "\u202egnp"),
        ("kind", "ghost"),
        ("kind", ["physical"]),
        ("image_urls", "https://img.example.com/1.png"),
        ("image_urls", ["javascript:alert(1)"]),
        ("image_urls", ["//evil.example.com/1.png"]),
        ("image_urls", ['https://img.example.com/1.png" onerror="x']),
        ("image_urls", ["/1.png"] * 10),
        ("image_urls", [{"url": "/1.png"}]),
        ("category_ids", [0]),
        ("category_ids", ["1"]),
        ("category_ids", [1.0]),
        ("category_ids", [2**63]),
        ("category_ids", [404]),
        ("category_ids", list(range(1, 22))),
        ("is_on_sale", "true"),
        ("is_on_sale", 1),
        ("description", {"a": 1}),
        ("expected_stock", -1),
    ],
)
def test_bad_input_is_400_and_names_the_field(keeper: APIClient, field: str, value: Any):
    product = make_product()
    refused = keeper.patch(f"{PRODUCTS}/{product.pk}", {"name": "新名", field: value})
    assert refused.status_code == 400
    body = refused.json()
    assert (body["code"], body["details"][0]["field"].split(".")[0]) == ("common.invalid", field)
    assert body["request_id"] == refused["X-Request-ID"]
    unchanged = Product.objects.get(pk=product.pk)
    assert (unchanged.name, unchanged.stock, unchanged.updated_at) == (product.name, 10, product.updated_at)
    assert not OperationLog.objects.exists()


def test_what_nobody_may_set_is_ignored(keeper: APIClient):
    made = keeper.post(PRODUCTS, {"name": "兔兔", "id": 5, "created_at": "2000-01-01T00:00:00Z", "owner": 1}).json()
    assert made["id"] != 5 or Product.objects.count() == 1
    assert not made["created_at"].startswith("2000")
    assert "owner" not in made


@pytest.mark.parametrize("body", [[], "x", 1, None])
def test_a_body_that_is_no_object_is_400(keeper: APIClient, body: Any):
    refused = keeper.post(PRODUCTS, body)
    assert (refused.status_code, Product.objects.count()) == (400, 0)


def test_operators_find_products_by_what_members_do_not_see(keeper: APIClient):
    dear = make_product("贵", cost_fen=900, is_on_sale=False)
    cheap = make_product("廉", cost_fen=100)
    assert [each["id"] for each in keeper.get(f"{PRODUCTS}?ordering=cost_fen").json()["list"]] == [cheap.pk, dear.pk]
    for no in ("false", "0"):
        assert [each["id"] for each in keeper.get(f"{PRODUCTS}?is_on_sale={no}").json()["list"]] == [dear.pk]
    refused = keeper.get(f"{PRODUCTS}?is_on_sale=abc")
    assert (refused.status_code, refused.json()["code"]) == (400, "common.invalid")
    [detail] = refused.json()["details"]
    assert (detail["field"], detail["message"]) == ("is_on_sale", "只能是 true、false、1 或 0")


def test_what_an_operator_did_is_logged_with_who_from_where_and_the_request(keeper: APIClient, operator: Operator):
    made = keeper.post(PRODUCTS, RABBIT, headers={"X-Request-ID": "req-1"}).json()
    log = OperationLog.objects.get()
    assert (log.operator_id, log.operator_name, log.ip) == (operator.pk, "admin", "127.0.0.1")
    assert (log.action, log.object_id, log.request_id) == ("创建商品", str(made["id"]), "req-1")
    assert (log.before, log.after["price_fen"]) == ({}, 9900)


ROUTES = [
    ("get", CATEGORIES, "view_category"),
    ("post", CATEGORIES, "add_category"),
    ("get", f"{CATEGORIES}/1", "view_category"),
    ("put", f"{CATEGORIES}/1", "change_category"),
    ("patch", f"{CATEGORIES}/1", "change_category"),
    ("delete", f"{CATEGORIES}/1", "delete_category"),
    ("get", PRODUCTS, "view_product"),
    ("post", PRODUCTS, "add_product"),
    ("get", f"{PRODUCTS}/1", "view_product"),
    ("put", f"{PRODUCTS}/1", "change_product"),
    ("patch", f"{PRODUCTS}/1", "change_product"),
    ("delete", f"{PRODUCTS}/1", "delete_product"),
]


@pytest.mark.parametrize(("method", "url", "permission"), ROUTES)
def test_each_route_needs_its_own_permission(
    admin_client_for: Callable[[Operator], APIClient],
    make_operator: Callable[..., Operator],
    method: str,
    url: str,
    permission: str,
):
    codenames = {f"catalog.{name}" for _, _, name in ROUTES}
    others = make_operator(username="others", permissions=sorted(codenames - {f"catalog.{permission}"}))
    refused = getattr(admin_client_for(others), method)(url, {})
    assert (refused.status_code, refused.json()["code"]) == (403, "common.forbidden")
    alone = make_operator(username="alone", permissions=[f"catalog.{permission}"])
    assert getattr(admin_client_for(alone), method)(url, {}).status_code in (200, 400, 404)


@pytest.mark.parametrize(("method", "url", "permission"), ROUTES)
def test_strangers_and_members_stay_outside(
    anonymous: APIClient,
    app_client: Callable[[Member], APIClient],
    member: Member,
    method: str,
    url: str,
    permission: str,
):
    for client in (anonymous, app_client(member)):
        refused = getattr(client, method)(url, {})
        assert refused.status_code == 401
        assert refused.json()["code"].startswith("auth.")
