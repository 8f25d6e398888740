"""Buying draws, and proving them."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import BuyerViewSet, PublicViewSet
from activities import selectors
from activities.api.app import purchase_rendering
from activities.api.app.odds_serializers import OddsReportResponse
from activities.api.app.serializers import (
    BuyDrawsRequest,
    BuyDrawsResponse,
    DrawProofResponse,
    IssueProofQuery,
    IssueProofResponse,
    LogEntryResponse,
    PreviewDrawsRequest,
    PreviewDrawsResponse,
)
from activities.api.app.wishes import wish_of
from activities.services import proofs, purchases, reporting
from activities.services.proving.log import entry_body
from activities.settings import PREVIEWS, PROOFS, PURCHASES
from blindbox.common.pagination import LOG_PARAMETERS, log_of, log_rendered
from blindbox.common.request import parse, parse_query
from blindbox.system.api.idempotency import answer, claim_of
from blindbox.system.api.limits import limited
from blindbox.system.api.parameters import IDEMPOTENCY_KEY
from orders.enums import PayWith
from orders.payments import prepay


@extend_schema(tags=["app/draws"])
class DrawViewSet(BuyerViewSet):
    """/api/app/activities/{activity_id}/issues/{issue_id}/draws"""

    @extend_schema(request=PreviewDrawsRequest, responses={200: PreviewDrawsResponse})
    @limited(PREVIEWS)
    def preview(self, request: Request, activity_id: int, issue_id: int) -> Response:
        """预览价格，得到报价凭证"""
        wish = wish_of(issue_id, parse(PreviewDrawsRequest, request))
        preview = purchases.preview(member_id=self.member_id, activity_id=activity_id, wish=wish, now=timezone.now())
        return Response(PreviewDrawsResponse(preview).data)

    @extend_schema(request=BuyDrawsRequest, parameters=[IDEMPOTENCY_KEY], responses={201: BuyDrawsResponse})
    @limited(PURCHASES)
    def create(self, request: Request, activity_id: int, issue_id: int) -> Response:
        """购买抽数：积分支付立即开奖，微信支付返回支付参数"""
        now = timezone.now()
        claim = claim_of(request, realm="member", actor_id=self.member_id)
        wish = wish_of(issue_id, parse(BuyDrawsRequest, request))
        buyer = self.buyer
        bought = purchases.buy(member_id=buyer.id, activity_id=activity_id, wish=wish, claim=claim, now=now, seen=buyer)
        by_wechat = bought.pay_with == PayWith.WEIXIN
        payment = prepay.ensure(order_id=bought.order_id, now=now) if by_wechat else None
        body = purchase_rendering.body(bought, payment)
        return answer(body, status=status.HTTP_201_CREATED, replayed=bought.replayed)


@extend_schema(tags=["app/proofs"])
class ProofViewSet(PublicViewSet):
    """Everything that recomputes a result, for anybody."""

    @extend_schema(parameters=[IssueProofQuery], responses=IssueProofResponse)
    @limited(PROOFS)
    def issue(self, request: Request, activity_id: int, issue_id: int) -> Response:
        """一期的全部证明，逐页"""
        page = parse_query(IssueProofQuery, request)
        return Response(proofs.of_issue(activity_id=activity_id, issue_id=issue_id, **page))

    @extend_schema(responses=DrawProofResponse)
    @limited(PROOFS)
    def draw(self, request: Request, draw_log_id: int) -> Response:
        """一次抽奖的证明"""
        return Response(proofs.of_draw(draw_log_id))

    @extend_schema(responses=OddsReportResponse)
    @limited(PROOFS)
    def odds_report(self, request: Request, activity_id: int, issue_id: int) -> Response:
        """一期的公示概率与实际频率，至多一分钟前的"""
        issue = selectors.public_issue(activity_id=activity_id, issue_id=issue_id)
        return Response(OddsReportResponse(reporting.published(issue)).data)

    @extend_schema(parameters=LOG_PARAMETERS, responses=log_of(LogEntryResponse))
    def commitments(self, request: Request) -> Response:
        """公开的承诺日志"""
        return log_rendered(request, selectors.commitment_log(), _entries, key="seq")


def _entries(rows: list[Any]) -> list[dict[str, Any]]:
    return [entry_body(row) for row in rows]
