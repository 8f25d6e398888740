"""What members and operators narrow the list of products by."""

from django.db.models import QuerySet
from django_filters import ChoiceFilter, FilterSet

from blindbox.common.filtering import FlagFilter, IdFilter, SearchFilter, StableOrdering
from catalog import selectors
from catalog.enums import ProductKind
from catalog.models import Product

ORDERINGS = [("pk", "id"), ("price_fen", "price_fen"), ("price_points", "price_points"), ("created_at", "created_at")]


class ProductFilter(FilterSet):
    category_id = IdFilter(method="in_category", label="分类编号，含其下级分类")
    kind = ChoiceFilter(choices=ProductKind.choices, label="类型")
    search = SearchFilter(field_name="name", lookup_expr="icontains", label="名称的一部分")
    ordering = StableOrdering(fields=ORDERINGS, label="排序")

    def in_category(self, rows: QuerySet[Product], name: str, category_id: int) -> QuerySet[Product]:
        return selectors.within_category(rows, category_id)


class AdminProductFilter(ProductFilter):
    is_on_sale = FlagFilter(label="上架")
    ordering = StableOrdering(fields=[*ORDERINGS, ("stock", "stock"), ("cost_fen", "cost_fen")], label="排序")


class CategoryFilter(FilterSet):
    parent_id = IdFilter(field_name="parent", label="上级分类编号")
    search = SearchFilter(field_name="name", lookup_expr="icontains", label="名称的一部分")
