"""The catalog as members browse it."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.factories.catalog import make_category, make_product

TREE, PRODUCTS = "/api/app/product_categories", "/api/app/products"
SHOWN = {
    "id",
    "name",
    "category_ids",
    "kind",
    "kind_label",
    "price_fen",
    "price_points",
    "stock",
    "image_urls",
    "description",
}

pytestmark = pytest.mark.django_db


def ids(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [each["id"] for each in answer.json()["list"]]


def test_the_tree_shows_what_is_visible_in_its_order(anonymous: APIClient):
    toys = make_category("玩具", sort=1)
    late, early = make_category("后", parent=toys, sort=9), make_category("先", parent=toys, sort=1)
    hidden = make_category("藏", is_visible=False)
    make_category("藏之下", parent=hidden)
    leaves = [{"id": early.pk, "name": "先", "children": []}, {"id": late.pk, "name": "后", "children": []}]
    assert anonymous.get(TREE).json() == {
        "list": [{"id": toys.pk, "name": "玩具", "children": leaves}],
        "total": 1,
        "page": 1,
        "page_size": 20,
    }


def test_members_never_see_a_cost_nor_what_is_not_on_sale(anonymous: APIClient):
    shown, hidden = make_product(), make_product(is_on_sale=False)
    listed = anonymous.get(PRODUCTS).json()["list"]
    assert [set(each) for each in listed] == [SHOWN]
    assert set(anonymous.get(f"{PRODUCTS}/{shown.pk}").json()) == SHOWN
    assert anonymous.get(f"{PRODUCTS}/{hidden.pk}").status_code == 404
    assert anonymous.get(f"{PRODUCTS}/{2**70}").status_code == 404


def test_a_category_holds_what_is_in_those_below_it_once(anonymous: APIClient):
    toys = make_category("玩具")
    boxes = make_category("盲盒", parent=toys)
    both, below, other = make_product(categories=[toys, boxes]), make_product(categories=[boxes]), make_product()
    assert ids(anonymous.get(f"{PRODUCTS}?category_id={toys.pk}")) == [below.pk, both.pk]
    assert ids(anonymous.get(f"{PRODUCTS}?category_id={boxes.pk}")) == [below.pk, both.pk]
    assert ids(anonymous.get(f"{PRODUCTS}?category_id=404")) == []
    assert other.pk in ids(anonymous.get(PRODUCTS))


def test_kind_and_search_narrow(anonymous: APIClient):
    rabbit = make_product("兔兔 100% 手办")
    card = make_product("电子卡", kind="virtual")
    assert ids(anonymous.get(f"{PRODUCTS}?kind=virtual")) == [card.pk]
    assert ids(anonymous.get(PRODUCTS, {"search": "0% 手"})) == [rabbit.pk]
    assert ids(anonymous.get(PRODUCTS, {"search": "' OR 1=1 --"})) == []
    assert ids(anonymous.get(PRODUCTS, {"search": "\\"})) == []


def test_each_allowed_order_is_total(anonymous: APIClient):
    first, second, third = (make_product(price_fen=price) for price in (500, 100, 500))
    assert ids(anonymous.get(PRODUCTS)) == [third.pk, second.pk, first.pk]
    assert ids(anonymous.get(f"{PRODUCTS}?ordering=price_fen")) == [second.pk, third.pk, first.pk]
    assert ids(anonymous.get(f"{PRODUCTS}?ordering=-price_fen")) == [third.pk, first.pk, second.pk]


@pytest.mark.parametrize(
    "query",
    [
        "ordering=cost_fen",
        "ordering=categories__name",
        "ordering=price_fen;drop",
        "kind=ghost",
        "category_id=0",
        "category_id=-1",
        "category_id=1.5",
        "category_id=NaN",
        "category_id=1e999999999",
        f"category_id={2**63}",
        "category_id=1%20OR%201=1",
        "search=%00",
        f"search={'x' * 101}",
        "page=0",
        "page=x",
        "page_size=0",
        "page_size=101",
        "page_size=1000000000",
    ],
)
def test_what_is_not_allowed_in_the_query_is_400(anonymous: APIClient, query: str):
    refused = anonymous.get(f"{PRODUCTS}?{query}")
    assert (refused.status_code, refused.json()["code"]) == (400, "common.invalid")
    assert refused.json()["details"][0]["field"] == query.split("=", maxsplit=1)[0]


def test_a_page_beyond_the_last_is_empty(anonymous: APIClient):
    make_product()
    answer = anonymous.get(f"{PRODUCTS}?page=1000000&page_size=100").json()
    assert answer == {"list": [], "total": 1, "page": 1_000_000, "page_size": 100}


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_members_change_nothing_here(anonymous: APIClient, method: str):
    refused = getattr(anonymous, method)(PRODUCTS, {})
    assert (refused.status_code, refused.json()["code"]) == (405, "common.method_not_allowed")


@pytest.mark.parametrize("rows", [1, 15])
def test_the_list_costs_three_queries_however_long(
    anonymous: APIClient, django_assert_num_queries: Callable[..., Any], rows: int
):
    categories = [make_category(str(number)) for number in range(3)]
    for _ in range(rows):
        make_product(categories=categories)
    with django_assert_num_queries(3):
        assert len(ids(anonymous.get(PRODUCTS))) == rows
    with django_assert_num_queries(4):
        assert len(ids(anonymous.get(f"{PRODUCTS}?category_id={categories[0].pk}"))) == rows


@pytest.mark.parametrize("rows", [1, 15])
def test_the_tree_costs_one_query(anonymous: APIClient, django_assert_num_queries: Callable[..., Any], rows: int):
    root = make_category()
    for _ in range(rows):
        make_category(parent=root)
    with django_assert_num_queries(1):
        assert ids(anonymous.get(TREE)) == [root.pk]
