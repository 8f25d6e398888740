"""Stock is taken all or none, and never below zero."""

import pytest

from blindbox.common.invariants import violations
from catalog import stock
from catalog.errors import StockInsufficient
from catalog.models import Category, Product
from tests.factories.catalog import NOW, make_category, make_product
from tests.planting import unchecked

pytestmark = pytest.mark.django_db


def left(*made: Product) -> list[int]:
    return [Product.objects.values_list("stock", flat=True).get(pk=product.pk) for product in made]


def test_several_products_are_taken_together():
    rabbit, cat = make_product("兔", stock=5), make_product("猫", stock=3)
    stock.take(quantities={rabbit.pk: 5, cat.pk: 1}, now=NOW)
    assert left(rabbit, cat) == [0, 2]


def test_if_one_has_too_few_none_is_taken():
    rabbit, cat = make_product("兔", stock=5), make_product("猫", stock=3)
    with pytest.raises(StockInsufficient, match="商品「猫」库存不足：需要 4，现有 3"):
        stock.take(quantities={rabbit.pk: 1, cat.pk: 4}, now=NOW)
    assert left(rabbit, cat) == [5, 3]


def test_what_is_given_back_is_there_again():
    rabbit = make_product(stock=5)
    stock.give_back(quantities={rabbit.pk: 7}, now=NOW)
    assert left(rabbit) == [12]


def test_the_shop_as_made_violates_nothing():
    make_product(categories=[make_category()])
    assert violations(["K1", "K2"]) == []


def test_planted_negative_stock_is_found():
    product = make_product()
    with unchecked():
        Product.objects.filter(pk=product.pk).update(stock=-2)
    assert [each.what for each in violations(["K1"])] == [f"商品 {product.pk} 库存为 -2"]


def test_a_planted_loop_is_found():
    first, second = make_category("甲"), make_category("乙")
    Category.objects.filter(pk=first.pk).update(parent=second)
    Category.objects.filter(pk=second.pk).update(parent=first)
    assert [each.what for each in violations(["K2"])] == [f"分类 {pk} 在它自己之下" for pk in (first.pk, second.pk)]
