"""What operators send and get."""

from typing import Any

from rest_framework import serializers

from blindbox.common.serializers import Choice, Count, Fen, Id, ImageUrl, Line, Reasoned, SignedInt, StrictBoolean, Text
from catalog.api.app.serializers import ProductResponse
from catalog.enums import ProductKind

MOST_UNITS = 10**9
MOST_POINTS = 10**9


class ProductCategoryRequest(Reasoned):
    name = Line(max_length=40)
    parent_id = Id(allow_null=True, default=None)
    sort = SignedInt(most=1_000_000, default=0)
    is_visible = StrictBoolean(default=True)


class AdminProductCategoryResponse(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    parent_id = serializers.IntegerField(allow_null=True)
    sort = serializers.IntegerField()
    is_visible = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ProductRequest(Reasoned):
    """A field that is left out of POST and PUT takes its default; `stock` then stays what it is."""

    name = Line(max_length=100)
    category_ids = serializers.ListField(child=Id(), max_length=20, default=list)
    kind = Choice(ProductKind.choices, default=ProductKind.PHYSICAL)
    price_fen = Fen(allow_null=True, default=None)
    price_points = Count(min_value=0, max_value=MOST_POINTS, allow_null=True, default=None)
    cost_fen = Fen(default=0)
    stock = Count(min_value=0, max_value=MOST_UNITS, required=False)
    image_urls = serializers.ListField(child=ImageUrl(), max_length=9, default=list)
    description = Text(max_length=20_000, allow_blank=True, default="")
    is_on_sale = StrictBoolean(default=False)


class ProductChangeRequest(ProductRequest):
    expected_stock = Count(
        min_value=0,
        max_value=MOST_UNITS,
        required=False,
        help_text="改库存时看到的库存；已变动则 409 product.stock_moved",
    )


class AdminProductResponse(ProductResponse):
    cost_fen = serializers.IntegerField()
    is_on_sale = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
