"""A member's own limits, pause and exclusion."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import OwnerViewSet
from accounts.models import MemberProtection
from accounts.selectors.protection import KINDS, protection_of
from accounts.services import protection
from blindbox.common.request import parse
from blindbox.common.serializers import Exact, Fen, StrictInteger

MOST_FEN, MOST_DRAWS = 10**10, 10**6


class LimitsRequest(Exact):
    """Own limits; null lifts one, what is left out stays. Lowered at once, raised after 24 hours."""

    day_fen = Fen(max_value=MOST_FEN, allow_null=True, required=False)
    month_fen = Fen(max_value=MOST_FEN, allow_null=True, required=False)
    day_draws = StrictInteger(min_value=0, max_value=MOST_DRAWS, allow_null=True, required=False)
    month_draws = StrictInteger(min_value=0, max_value=MOST_DRAWS, allow_null=True, required=False)


class RestRequest(serializers.Serializer[Any]):
    hours = StrictInteger(min_value=1, max_value=24 * 30)


class ExcludeRequest(serializers.Serializer[Any]):
    days = StrictInteger(min_value=1, max_value=3650)


class LimitsResponse(serializers.Serializer[Any]):
    day_fen = serializers.IntegerField(allow_null=True)
    month_fen = serializers.IntegerField(allow_null=True)
    day_draws = serializers.IntegerField(allow_null=True)
    month_draws = serializers.IntegerField(allow_null=True)


class ProtectionResponse(serializers.Serializer[Any]):
    """`next_limits` hold from `next_from`, where a raise waits."""

    limits = LimitsResponse()
    next_limits = LimitsResponse(allow_null=True)
    next_from = serializers.DateTimeField(allow_null=True)
    rests_until = serializers.DateTimeField(allow_null=True)
    excluded_until = serializers.DateTimeField(allow_null=True)


@extend_schema(tags=["app/users"])
class ProtectionViewSet(OwnerViewSet):
    """/api/app/users/{user_id}/protection"""

    @extend_schema(responses=ProtectionResponse)
    def retrieve(self, request: Request, user_id: str) -> Response:
        """查看自己的消费限制"""
        return _answer(protection_of(self.member_id))

    @extend_schema(request=LimitsRequest, responses={200: ProtectionResponse})
    def update(self, request: Request, user_id: str) -> Response:
        """设置自己的消费上限：调低立即生效，调高 24 小时后生效"""
        limits = parse(LimitsRequest, request, partial=True)
        return _answer(protection.set_limits(member_id=self.member_id, limits=limits, now=timezone.now()))

    @extend_schema(request=RestRequest, responses={200: ProtectionResponse})
    def rest(self, request: Request, user_id: str) -> Response:
        """进入冷静期，期间不能购买"""
        now = timezone.now()
        until = now + timedelta(hours=parse(RestRequest, request)["hours"])
        return _answer(protection.rest(member_id=self.member_id, until=until, now=now))

    @extend_schema(request=ExcludeRequest, responses={200: ProtectionResponse})
    def exclude(self, request: Request, user_id: str) -> Response:
        """申请限制自己购买，期满前任何人都不能提前解除"""
        now = timezone.now()
        until = now + timedelta(days=parse(ExcludeRequest, request)["days"])
        return _answer(protection.exclude(member_id=self.member_id, until=until, now=now))


def _answer(row: MemberProtection | None) -> Response:
    row = row or MemberProtection()
    waiting = row.next_from is not None
    body = {
        "limits": {kind: getattr(row, kind) for kind in KINDS},
        "next_limits": {kind: getattr(row, f"next_{kind}") for kind in KINDS} if waiting else None,
        "next_from": row.next_from,
        "rests_until": row.rests_until,
        "excluded_until": row.excluded_until,
    }
    return Response(ProtectionResponse(body).data)
