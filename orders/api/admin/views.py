"""Members' orders as operators see them."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import selectors as accounts
from accounts.api.base import OperatorViewSet
from blindbox.common.pagination import PageQuery, page_of, paginate_rendered
from blindbox.common.request import parse_query
from orders import selectors
from orders.api.admin.serializers import AdminOrderResponse, OrderInternals
from orders.api.app import rendering
from orders.api.app.serializers import OrderQuery
from orders.models import Order


@extend_schema(tags=["admin/users"])
class MemberOrderViewSet(OperatorViewSet):
    """/api/admin/users/{user_id}/orders"""

    permissions = {"list": "orders.view_order"}

    @extend_schema(parameters=[PageQuery, OrderQuery], responses=page_of(AdminOrderResponse))
    def list(self, request: Request, user_id: int) -> Response:
        """用户的订单"""
        member = accounts.member_or_404(user_id)
        orders = selectors.orders_of(member.pk, **parse_query(OrderQuery, request))
        return paginate_rendered(request, orders.prefetch_related("payments", "refunds"), _with_internals)


def _with_internals(orders: list[Order]) -> list[dict[str, Any]]:
    bodies = rendering.many_with_contents(orders)
    return [{**body, **OrderInternals(order).data} for body, order in zip(bodies, orders, strict=True)]
