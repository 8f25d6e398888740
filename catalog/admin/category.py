from typing import Any

from django.contrib import admin
from django.db.models import Case, Count, IntegerField, QuerySet, Value, When
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from blindbox.common.adminkit import display
from blindbox.system.admin.audited import actor_of
from blindbox.system.admin.serviced import ServicedAdmin
from catalog import selectors, tree
from catalog.models import Category
from catalog.services import categories


def depths_in_order() -> list[tuple[int, int]]:
    """Return every category and how deep it lies, children right below their parent."""
    parents = selectors.parents()
    children = tree.children_of({pk: parents[pk] for pk in selectors.categories().values_list("pk", flat=True)})
    found: list[tuple[int, int]] = []

    def walk(pks: list[int], depth: int) -> None:
        for pk in pks:
            found.append((pk, depth))
            walk(children.get(pk, []), depth + 1)

    walk(children.get(None, []), 0)
    return found


def _by_category(numbers: list[tuple[int, int]]) -> Any:
    if not numbers:
        return Value(0)
    return Case(*[When(pk=pk, then=number) for pk, number in numbers], default=0, output_field=IntegerField())


@admin.register(Category)
class CategoryAdmin(ServicedAdmin):
    intro = "商品分类最多五级，同级按“排序”从小到大显示。隐藏一个分类，它下面的分类也一起隐藏。"
    list_display = ["branch", "products_inside", "sort", "is_visible"]
    list_display_links = ["branch"]
    search_fields = ["name"]
    list_per_page = 500
    fields = ["name", "parent", ("sort", "is_visible")]
    autocomplete_fields = ["parent"]
    service_fields = ["name", "parent", "sort", "is_visible"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        depths = depths_in_order()
        places = [(pk, place) for place, (pk, _) in enumerate(depths)]
        rows = Category.objects.annotate(product_count=Count("products"))
        return rows.annotate(place=_by_category(places), depth=_by_category(depths)).order_by("place", "pk")

    def take_row(self, object_id: int) -> None:
        """Every change of a category takes the tree first."""
        categories.take_tree()

    @display("名称")
    def branch(self, category: Any) -> SafeString:
        return format_html('<span style="padding-left:{}rem">{}</span>', category.depth * 1.5, category.name)

    @display("商品数")
    def products_inside(self, category: Any) -> int:
        return int(category.product_count)

    def create(self, request: HttpRequest, values: dict[str, Any], form: Any) -> Category:
        return categories.create(values=values, actor=actor_of(request), now=timezone.now())

    def change(self, request: HttpRequest, obj: Category, values: dict[str, Any], form: Any) -> None:
        categories.change(category_id=obj.pk, values=values, actor=actor_of(request), now=timezone.now())

    def remove(self, request: HttpRequest, obj: Category) -> None:
        categories.delete(category_id=obj.pk, actor=actor_of(request), now=timezone.now())
