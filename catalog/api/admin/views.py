"""The catalog as operators keep it."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import OperatorViewSet
from blindbox.common.filtering import filtered, parameters_of
from blindbox.common.pagination import PAGE_PARAMETERS, page_of, paginate
from blindbox.common.request import parse
from blindbox.common.serializers import Nothing
from catalog import selectors
from catalog.api.admin.serializers import (
    AdminProductCategoryResponse,
    AdminProductResponse,
    ProductCategoryRequest,
    ProductChangeRequest,
    ProductRequest,
)
from catalog.api.filters import AdminProductFilter, CategoryFilter
from catalog.services import categories, products


@extend_schema(tags=["admin/catalog"])
class CategoryAdminViewSet(OperatorViewSet):
    """/api/admin/product_categories"""

    permissions = {
        "list": "catalog.view_category",
        "create": "catalog.add_category",
        "retrieve": "catalog.view_category",
        "update": "catalog.change_category",
        "partial_update": "catalog.change_category",
        "destroy": "catalog.delete_category",
    }

    @extend_schema(
        parameters=[*PAGE_PARAMETERS, *parameters_of(CategoryFilter)], responses=page_of(AdminProductCategoryResponse)
    )
    def list(self, request: Request) -> Response:
        """查看商品分类"""
        return paginate(
            request, filtered(CategoryFilter, request, selectors.categories()), AdminProductCategoryResponse
        )

    @extend_schema(request=ProductCategoryRequest, responses={201: AdminProductCategoryResponse})
    def create(self, request: Request) -> Response:
        """新建商品分类"""
        values = parse(ProductCategoryRequest, request)
        made = categories.create(values=values, actor=self.actor, now=timezone.now())
        return Response(AdminProductCategoryResponse(made).data, status.HTTP_201_CREATED)

    @extend_schema(responses=AdminProductCategoryResponse)
    def retrieve(self, request: Request, category_id: int) -> Response:
        """查看一个商品分类"""
        return Response(AdminProductCategoryResponse(selectors.category_or_404(category_id)).data)

    @extend_schema(request=ProductCategoryRequest, responses=AdminProductCategoryResponse)
    def update(self, request: Request, category_id: int, *, partial: bool = False) -> Response:
        """修改商品分类"""
        values = parse(ProductCategoryRequest, request, partial=partial)
        changed = categories.change(category_id=category_id, values=values, actor=self.actor, now=timezone.now())
        return Response(AdminProductCategoryResponse(changed).data)

    @extend_schema(request=ProductCategoryRequest, responses=AdminProductCategoryResponse)
    def partial_update(self, request: Request, category_id: int) -> Response:
        """修改商品分类的部分字段"""
        return self.update(request, category_id, partial=True)

    @extend_schema(responses={200: Nothing})
    def destroy(self, request: Request, category_id: int) -> Response:
        """删除空的商品分类"""
        categories.delete(category_id=category_id, actor=self.actor, now=timezone.now())
        return Response({})


@extend_schema(tags=["admin/catalog"])
class ProductAdminViewSet(OperatorViewSet):
    """/api/admin/products"""

    permissions = {
        "list": "catalog.view_product",
        "create": "catalog.add_product",
        "retrieve": "catalog.view_product",
        "update": "catalog.change_product",
        "partial_update": "catalog.change_product",
        "destroy": "catalog.delete_product",
    }

    @extend_schema(
        parameters=[*PAGE_PARAMETERS, *parameters_of(AdminProductFilter)], responses=page_of(AdminProductResponse)
    )
    def list(self, request: Request) -> Response:
        """查看商品"""
        return paginate(request, filtered(AdminProductFilter, request, selectors.products()), AdminProductResponse)

    @extend_schema(request=ProductRequest, responses={201: AdminProductResponse})
    def create(self, request: Request) -> Response:
        """新建商品"""
        values = parse(ProductRequest, request)
        category_ids = values.pop("category_ids")
        made = products.create(values=values, category_ids=category_ids, actor=self.actor, now=timezone.now())
        return Response(AdminProductResponse(made).data, status.HTTP_201_CREATED)

    @extend_schema(responses=AdminProductResponse)
    def retrieve(self, request: Request, product_id: int) -> Response:
        """查看一件商品"""
        return Response(AdminProductResponse(selectors.product_or_404(product_id)).data)

    @extend_schema(request=ProductChangeRequest, responses=AdminProductResponse)
    def update(self, request: Request, product_id: int, *, partial: bool = False) -> Response:
        """修改商品"""
        values = parse(ProductChangeRequest, request, partial=partial)
        apart = {name: values.pop(name, None) for name in ("category_ids", "expected_stock")}
        changed = products.change(product_id=product_id, values=values, **apart, actor=self.actor, now=timezone.now())
        return Response(AdminProductResponse(changed).data)

    @extend_schema(request=ProductChangeRequest, responses=AdminProductResponse)
    def partial_update(self, request: Request, product_id: int) -> Response:
        """修改商品的部分字段"""
        return self.update(request, product_id, partial=True)

    @extend_schema(responses={200: Nothing})
    def destroy(self, request: Request, product_id: int) -> Response:
        """删除没有被使用的商品"""
        products.delete(product_id=product_id, actor=self.actor, now=timezone.now())
        return Response({})
