"""The one writer of products, except for what orders and issues take from stock (stock.py)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from blindbox.common.errors import Invalid
from blindbox.common.retry import TryAgain, in_transaction, refusing_references
from blindbox.system import audit
from catalog import references, selectors
from catalog.errors import ProductInUse, StockMoved
from catalog.models import Category, Product, ProductCategoryMap

COLUMNS = [
    "name",
    "kind",
    "price_fen",
    "price_points",
    "cost_fen",
    "stock",
    "image_urls",
    "description",
    "is_on_sale",
]


@in_transaction
def create(
    *, values: Mapping[str, Any], category_ids: Iterable[int] = (), actor: audit.Actor, now: datetime
) -> Product:
    """
    Add a product.

    :raises Invalid: naming the categories that do not exist
    """
    product = Product.objects.create(**values, created_at=now, updated_at=now)
    _file_under(product.pk, set(category_ids))
    made = selectors.product_or_404(product.pk)
    audit.record(audit.Change("创建商品", "Product", made.pk, made.name, after=_snapshot(made)), actor=actor, now=now)
    return made


@in_transaction
def change(
    *,
    product_id: int,
    values: Mapping[str, Any],
    category_ids: Iterable[int] | None = None,
    expected_stock: int | None = None,
    actor: audit.Actor,
    now: datetime,
) -> Product:
    """
    Change some or all fields of a product; `expected_stock` is the stock that the operator saw when counting.

    :raises NotFound: if there is no such product
    :raises StockMoved: if units were taken or returned since
    :raises Invalid: naming the categories that do not exist
    """
    product = selectors.product_or_404(product_id)
    before = _snapshot(product)
    if expected_stock not in (None, product.stock):
        raise StockMoved(stock=product.stock)
    unmoved = Product.objects.filter(pk=product_id, stock=product.stock, updated_at=product.updated_at)
    if not unmoved.update(**values, updated_at=now):
        raise TryAgain  # a draw or another operator was faster: the log must name the true state before
    if category_ids is not None:
        _file_under(product_id, set(category_ids))
    changed = selectors.product_or_404(product_id)
    logged = audit.Change("修改商品", "Product", product_id, changed.name, before, _snapshot(changed))
    audit.record(logged, actor=actor, now=now)
    return changed


@in_transaction
def delete(*, product_id: int, actor: audit.Actor, now: datetime) -> None:
    """
    Delete a product that nothing refers to.

    :raises NotFound: if there is no such product
    :raises ProductInUse: if a reward, an order or somebody's inventory names it
    """
    Product.objects.filter(pk=product_id).update(updated_at=now)  # an issue that opens takes its stock before or never
    product = selectors.product_or_404(product_id)
    before = _snapshot(product)
    if references.is_named(product_id):
        raise ProductInUse
    with refusing_references(ProductInUse):
        product.delete()
    audit.record(audit.Change("删除商品", "Product", product_id, product.name, before), actor=actor, now=now)


def _file_under(product_id: int, wanted: set[int]) -> None:
    """Put a product in exactly these categories; the caller holds the product's row."""
    missing = wanted - set(Category.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    if missing:
        raise Invalid.field("category_ids", f"分类不存在：{'、'.join(map(str, sorted(missing)))}", "does_not_exist")
    filed = ProductCategoryMap.objects.filter(product_id=product_id)
    filed.exclude(category__in=wanted).delete()
    new = wanted - set(filed.values_list("category_id", flat=True))
    with refusing_references(TryAgain):  # a category deleted since: the next try names it
        ProductCategoryMap.objects.bulk_create(
            ProductCategoryMap(product_id=product_id, category_id=category_id) for category_id in sorted(new)
        )


def _snapshot(product: Product) -> dict[str, Any]:
    categories = sorted(category.pk for category in product.categories.all())
    return {**audit.snapshot(product, COLUMNS), "category_ids": categories}
