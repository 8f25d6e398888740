"""The catalog as members browse it; no token is needed."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import PublicViewSet
from blindbox.common.filtering import filtered, parameters_of
from blindbox.common.pagination import PAGE_PARAMETERS, page_of, paginate
from catalog import selectors
from catalog.api.app.serializers import ProductCategoryResponse, ProductResponse
from catalog.api.filters import ProductFilter


@extend_schema(tags=["app/catalog"])
class CategoryViewSet(PublicViewSet):
    """/api/app/product_categories"""

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(ProductCategoryResponse))
    def list(self, request: Request) -> Response:
        """查看商品分类树（按顶级分类分页）"""
        return paginate(request, selectors.visible_tree(), ProductCategoryResponse)


@extend_schema(tags=["app/catalog"])
class ProductViewSet(PublicViewSet):
    """/api/app/products"""

    @extend_schema(parameters=[*PAGE_PARAMETERS, *parameters_of(ProductFilter)], responses=page_of(ProductResponse))
    def list(self, request: Request) -> Response:
        """查看在售商品"""
        return paginate(request, filtered(ProductFilter, request, selectors.products_on_sale()), ProductResponse)

    @extend_schema(responses=ProductResponse)
    def retrieve(self, request: Request, product_id: int) -> Response:
        """查看一件在售商品"""
        return Response(ProductResponse(selectors.product_or_404(product_id, on_sale_only=True)).data)
