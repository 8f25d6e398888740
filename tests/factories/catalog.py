"""Categories and products, ready to use."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from blindbox.system.audit import Actor
from catalog.models import Category, Product, ProductCategoryMap

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
KEEPER = Actor(id=7, name="仓管", ip="10.0.0.7")


def make_category(name: str = "手办", *, parent: Category | None = None, **columns: Any) -> Category:
    """Return a category, visible unless told."""
    made = {"created_at": NOW, "updated_at": NOW, **columns}
    return Category.objects.create(name=name, parent=parent, **made)


def make_product(name: str = "兔兔手办", *, categories: Iterable[Category] = (), **columns: Any) -> Product:
    """Return a product on sale with ten units, in the given categories."""
    made = {"price_fen": 9900, "cost_fen": 4200, "stock": 10, "is_on_sale": True, "created_at": NOW, "updated_at": NOW}
    product = Product.objects.create(name=name, **{**made, **columns})
    ProductCategoryMap.objects.bulk_create(
        ProductCategoryMap(product=product, category=category) for category in categories
    )
    return product
