"""What others may know about products and categories."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from blindbox.common.errors import NotFound
from catalog import tree
from catalog.models import Category, Product, ProductCategoryMap


@dataclass(frozen=True)
class ProductCard:
    """What the layers above read of a product; the cost is theirs to keep from members."""

    id: int
    name: str
    kind: str
    price_fen: int | None
    cost_fen: int
    image_url: str
    stock: int
    is_on_sale: bool


@dataclass(frozen=True)
class CategoryNode:
    """A category that members see, with those below it."""

    id: int
    name: str
    children: list["CategoryNode"]


def products() -> QuerySet[Product]:
    """Return all products, newest first."""
    return Product.objects.prefetch_related("categories").order_by("-pk")


def products_on_sale() -> QuerySet[Product]:
    """Return what members may see, newest first."""
    return products().filter(is_on_sale=True)


def product_or_404(product_id: int, *, on_sale_only: bool = False) -> Product:
    """:raises NotFound: if there is no such product"""
    product = (products_on_sale() if on_sale_only else products()).filter(pk=product_id).first()
    if product is None:
        raise NotFound
    return product


def products_by_ids(ids: Iterable[int]) -> dict[int, ProductCard]:
    """Return the cards of several products by id, with one query."""
    found = Product.objects.filter(pk__in=set(ids)).defer("description")
    return {product.pk: _card(product) for product in found}


def ids_by_name(names: Iterable[str]) -> dict[str, list[int]]:
    """Return the products of each of these very names, with one query."""
    wanted = set(names)
    found: dict[str, list[int]] = {}
    for name, pk in Product.objects.filter(name__in=wanted).order_by("pk").values_list("name", "pk"):
        if name in wanted:  # some databases take a name for another that differs in case
            found.setdefault(name, []).append(pk)
    return found


def _card(product: Product) -> ProductCard:
    return ProductCard(
        id=product.pk,
        name=product.name,
        kind=product.kind,
        price_fen=product.price_fen,
        cost_fen=product.cost_fen,
        image_url=next(iter(product.image_urls), ""),
        stock=product.stock,
        is_on_sale=product.is_on_sale,
    )


def within_category(rows: QuerySet[Product], category_id: int) -> QuerySet[Product]:
    """Keep the products of a category and of those below it, each once."""
    branch = tree.branch(category_id, parents())
    return rows.filter(pk__in=ProductCategoryMap.objects.filter(category__in=branch).values("product_id"))


def parents() -> dict[int, int | None]:
    """Return the whole tree, each category with its parent: a few hundred rows of two numbers."""
    return dict(Category.objects.values_list("pk", "parent_id"))


def categories() -> QuerySet[Category]:
    """Return all categories in the order that operators gave them."""
    return Category.objects.order_by("sort", "pk")


def category_or_404(category_id: int) -> Category:
    """:raises NotFound: if there is no such category"""
    category = Category.objects.filter(pk=category_id).first()
    if category is None:
        raise NotFound
    return category


def visible_tree() -> list[CategoryNode]:
    """Return the roots that members see; what is below a hidden category is hidden too."""
    shown = {category.pk: category for category in categories().filter(is_visible=True)}
    children = tree.children_of({pk: category.parent_id for pk, category in shown.items()})
    return _nodes(None, shown, children)


def _nodes(
    parent: int | None, shown: Mapping[int, Category], children: Mapping[int | None, list[int]]
) -> list[CategoryNode]:
    return [
        CategoryNode(id=pk, name=shown[pk].name, children=_nodes(pk, shown, children))
        for pk in children.get(parent, [])
    ]
