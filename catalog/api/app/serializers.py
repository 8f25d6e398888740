"""What members see of the catalog: never what a product cost."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import Product
from catalog.selectors import CategoryNode


class ProductCategoryResponse(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    children = serializers.SerializerMethodField()

    @extend_schema_field(
        {"type": "array", "items": {"$ref": "#/components/schemas/ProductCategoryResponse"}, "description": "下级分类"}
    )
    def get_children(self, node: CategoryNode) -> Any:
        return ProductCategoryResponse(node.children, many=True).data


class ProductResponse(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    category_ids = serializers.SerializerMethodField()
    kind = serializers.CharField()
    kind_label = serializers.CharField(source="get_kind_display")
    price_fen = serializers.IntegerField(allow_null=True)
    price_points = serializers.IntegerField(allow_null=True)
    stock = serializers.IntegerField()
    image_urls = serializers.ListField(child=serializers.CharField())
    description = serializers.CharField()

    def get_category_ids(self, product: Product) -> list[int]:
        return sorted(category.pk for category in product.categories.all())
