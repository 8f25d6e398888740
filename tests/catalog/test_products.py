"""Products: fields and categories change together, stock only from what it was, and each change is logged."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from activities.services import opening
from blindbox.common.errors import Invalid, NotFound
from blindbox.system.models import OperationLog
from catalog.errors import ProductInUse, StockMoved
from catalog.models import Product
from catalog.services import products
from tests.factories.accounts import make_member
from tests.factories.activities import box_rewards, make_activity, make_draft
from tests.factories.catalog import KEEPER, NOW, make_category, make_product
from tests.factories.orders import make_item

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def test_a_product_is_made_in_several_categories():
    toys, boxes = make_category("玩具"), make_category("盲盒")
    made = products.create(values={"name": "兔兔"}, category_ids=[toys.pk, boxes.pk], actor=KEEPER, now=NOW)
    assert {category.pk for category in made.categories.all()} == {toys.pk, boxes.pk}
    assert (made.stock, made.kind, made.is_on_sale, made.image_urls) == (0, "physical", False, [])


def test_categories_that_do_not_exist_are_named_and_nothing_is_made():
    known = make_category()
    with pytest.raises(Invalid) as refused:
        products.create(values={"name": "兔兔"}, category_ids=[known.pk, 998, 997], actor=KEEPER, now=NOW)
    assert refused.value.fields[0]["message"] == "分类不存在：997、998"
    assert not Product.objects.exists()


def test_a_change_replaces_the_categories_and_leaves_the_rest():
    old, kept, new = make_category("旧"), make_category("留"), make_category("新")
    product = make_product(categories=[old, kept])
    changed = products.change(
        product_id=product.pk,
        values={"price_fen": 100},
        category_ids=[kept.pk, new.pk],
        actor=KEEPER,
        now=LATER,
    )
    assert {category.pk for category in changed.categories.all()} == {kept.pk, new.pk}
    assert (changed.price_fen, changed.stock, changed.updated_at) == (100, 10, LATER)


def test_stock_counted_at_ten_is_not_set_once_somebody_took_one():
    product = make_product(stock=9)
    with pytest.raises(StockMoved) as refused:
        products.change(product_id=product.pk, values={"stock": 50}, expected_stock=10, actor=KEEPER, now=LATER)
    assert refused.value.details == {"stock": 9}
    product.refresh_from_db()
    assert (product.stock, product.updated_at) == (9, NOW)


def test_stock_is_set_from_what_it_was():
    product = make_product(stock=10)
    changed = products.change(product_id=product.pk, values={"stock": 50}, expected_stock=10, actor=KEEPER, now=LATER)
    assert changed.stock == 50


def test_a_product_that_nothing_names_goes_with_its_categories():
    product = make_product(categories=[make_category()])
    products.delete(product_id=product.pk, actor=KEEPER, now=LATER)
    assert not Product.objects.exists()


def in_a_draft(product: Product) -> None:
    make_draft(make_activity(), box_rewards(product, total=3))


def in_a_bundle_on_sale(product: Product) -> None:
    bag = {"kind": "bundle", "bundle": [{"product_id": product.pk, "quantity": 2}], "reference_value_fen": 6000}
    rewards = [{**bag, "level": "A", "name": "福袋", "position": "ticket", "quantity": 3}]
    issue = make_draft(make_activity(gameplay="lucky_bag"), rewards)
    opening.open_issue(issue_id=issue.pk, actor=KEEPER, now=NOW)


def in_somebodys_hands(product: Product) -> None:
    make_item(make_member(), product)


@pytest.mark.parametrize("use", [in_a_draft, in_a_bundle_on_sale, in_somebodys_hands])
def test_a_product_that_something_above_names_stays(use: Callable[[Product], None]):
    product = make_product(cost_fen=3000)
    use(product)
    logged = OperationLog.objects.count()
    with pytest.raises(ProductInUse):
        products.delete(product_id=product.pk, actor=KEEPER, now=LATER)
    assert Product.objects.filter(pk=product.pk).exists()
    assert OperationLog.objects.count() == logged


def test_what_is_not_there_is_not_found():
    with pytest.raises(NotFound):
        products.change(product_id=404, values={"name": "无"}, actor=KEEPER, now=NOW)
    with pytest.raises(NotFound):
        products.delete(product_id=404, actor=KEEPER, now=NOW)


def test_each_change_is_logged_with_before_and_after():
    category = make_category()
    product = make_product("旧名")
    products.change(
        product_id=product.pk,
        values={"name": "新名🐰", "price_fen": 1},
        category_ids=[category.pk],
        actor=KEEPER,
        now=LATER,
    )
    log = OperationLog.objects.get()
    assert (log.action, log.object_type, log.object_id, log.object_label) == (
        "修改商品",
        "Product",
        str(product.pk),
        "新名🐰",
    )
    changed = {name: (log.before[name], after) for name, after in log.after.items() if log.before[name] != after}
    assert changed == {"name": ("旧名", "新名🐰"), "price_fen": (9900, 1), "category_ids": ([], [category.pk])}
