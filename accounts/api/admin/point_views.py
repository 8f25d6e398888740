"""A member's points in the back office."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import selectors
from accounts.api.admin import serializers as s
from accounts.api.app.serializers import PointBalanceResponse, PointLogQuery
from accounts.api.base import OperatorViewSet
from accounts.selectors import points
from accounts.services import grants
from blindbox.common.pagination import LOG_PARAMETERS, log_of, log_page
from blindbox.common.request import parse, parse_query
from blindbox.system import idempotency
from blindbox.system.api.idempotency import answer, claim_of
from blindbox.system.api.parameters import IDEMPOTENCY_KEY


@extend_schema(tags=["admin/users"])
class PointAdminViewSet(OperatorViewSet):
    """/api/admin/users/{user_id}/points"""

    permissions = {
        "list": "accounts.view_pointentry",
        "balance": "accounts.view_pointentry",
        "add": "accounts.grant_points",
    }

    @extend_schema(parameters=[*LOG_PARAMETERS, PointLogQuery], responses=log_of(s.AdminPointEntryResponse))
    def list(self, request: Request, user_id: int) -> Response:
        """查看用户的积分记录"""
        query: dict[str, Any] = parse_query(PointLogQuery, request)
        member = selectors.member_or_404(user_id)
        entries = points.point_entries(member_id=member.pk, **query)
        return log_page(request, entries, s.AdminPointEntryResponse, key="seq")

    @extend_schema(responses=s.AdminPointBalanceResponse)
    def balance(self, request: Request, user_id: int) -> Response:
        """查看用户的积分余额"""
        member = selectors.member_or_404(user_id)
        balance = PointBalanceResponse(points.balance_of(member.pk, now=timezone.now())).data
        accounts = s.PointAccountResponse(points.accounts_of(member.pk), many=True).data
        return Response({**balance, "accounts": accounts})

    @extend_schema(
        request=s.PointGrantRequest, parameters=[IDEMPOTENCY_KEY], responses={201: s.AdminPointEntryResponse}
    )
    def add(self, request: Request, user_id: int) -> Response:
        """给用户增减积分"""
        body = parse(s.PointGrantRequest, request)
        claim = claim_of(request, realm="operator", actor_id=self.operator_id)
        ref = grants.ref_of(actor_id=claim.actor_id, key=claim.key)
        now = timezone.now()

        def effect() -> str:
            grants.grant(member_id=user_id, ref=ref, actor=self.actor, now=now, **body)
            return ref

        outcome = idempotency.run_once(claim=claim, effect=effect, now=now)
        entry = points.granted_entry(member_id=user_id, ref=outcome.ref)
        shown = s.AdminPointEntryResponse(entry).data
        return answer(shown, status=outcome.status, replayed=outcome.replayed)
