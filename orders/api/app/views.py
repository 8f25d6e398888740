"""A member's orders and inventory."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import MemberViewSet, OwnerViewSet
from blindbox.common.pagination import PageQuery, page_of, paginate, paginate_rendered
from blindbox.common.request import parse_query
from blindbox.system.api.idempotency import answer, claim_of
from blindbox.system.api.limits import limited
from blindbox.system.api.parameters import IDEMPOTENCY_KEY
from orders import selectors
from orders.api.app import rendering
from orders.api.app.serializers import (
    InventoryItemResponse,
    InventoryQuery,
    OrderPaymentResponse,
    OrderQuery,
    OrderResponse,
)
from orders.payments import closing, prepay
from orders.settings import COMMANDS


@extend_schema(tags=["app/users"])
class MemberOrderViewSet(OwnerViewSet):
    """/api/app/users/{user_id}/orders"""

    @extend_schema(parameters=[PageQuery, OrderQuery], responses=page_of(OrderResponse))
    def list(self, request: Request, user_id: str) -> Response:
        """我的订单"""
        orders = selectors.orders_of(self.member_id, **parse_query(OrderQuery, request))
        return paginate_rendered(request, orders, rendering.many_with_contents)


@extend_schema(tags=["app/users"])
class MemberInventoryViewSet(OwnerViewSet):
    """/api/app/users/{user_id}/inventory"""

    @extend_schema(parameters=[PageQuery, InventoryQuery], responses=page_of(InventoryItemResponse))
    def list(self, request: Request, user_id: str) -> Response:
        """我的持仓"""
        items = selectors.inventory_of(self.member_id, **parse_query(InventoryQuery, request))
        return paginate(request, items, InventoryItemResponse)


@extend_schema(tags=["app/orders"])
class OrderViewSet(MemberViewSet):
    """/api/app/orders/{order_no}"""

    @extend_schema(responses=OrderResponse)
    def retrieve(self, request: Request, order_no: str) -> Response:
        """订单详情"""
        order = selectors.order_of(member_id=self.member_id, order_no=order_no)
        return Response(rendering.with_contents(order))

    @extend_schema(request=None, parameters=[IDEMPOTENCY_KEY], responses={200: OrderPaymentResponse})
    @limited(COMMANDS)
    def pay(self, request: Request, order_no: str) -> Response:
        """再次拉起支付"""
        now = timezone.now()
        claim = claim_of(request, realm="member", actor_id=self.member_id)
        outcome = prepay.ask_again(claim=claim, member_id=self.member_id, order_no=order_no, now=now)
        order = selectors.order_of(member_id=self.member_id, order_no=outcome.ref)
        payment = prepay.ensure(order_id=order.pk, now=now)
        body = {"order": rendering.with_contents(order), "payment": rendering.payment_body(payment)}
        return answer(body, status=outcome.status, replayed=outcome.replayed)

    @extend_schema(request=None, parameters=[IDEMPOTENCY_KEY], responses={200: OrderResponse})
    @limited(COMMANDS)
    def cancel(self, request: Request, order_no: str) -> Response:
        """取消未支付的订单"""
        claim = claim_of(request, realm="member", actor_id=self.member_id)
        outcome = closing.cancel(claim=claim, member_id=self.member_id, order_no=order_no, now=timezone.now())
        order = selectors.order_of(member_id=self.member_id, order_no=outcome.ref)
        return answer(rendering.with_contents(order), status=outcome.status, replayed=outcome.replayed)
