"""The generic draw tool's two routes, as its requirement names them."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import SharedBuyerViewSet, SharedViewSet
from activities.api.glue import rendering
from activities.api.glue.serializers import ActivityEnvelope, ActivityQuery, DrawEnvelope, DrawRequest
from activities.services.glue import drawing
from activities.services.glue.drawing import Ticket
from activities.settings import PURCHASES
from blindbox.common.fairness import NO_NONCE
from blindbox.common.openapi import also_refuses
from blindbox.common.request import parse, parse_query
from blindbox.system.api.idempotency import answer, claim_of
from blindbox.system.api.limits import count_for
from blindbox.system.api.parameters import OPTIONAL_IDEMPOTENCY_KEY


@extend_schema(tags=["glue"])
class GlueActivityViewSet(SharedViewSet):
    """/v1/glue/activity: for everybody; with a member's token the counts are the member's own."""

    permission_classes = [AllowAny]

    @extend_schema(parameters=[ActivityQuery], responses=ActivityEnvelope)
    @also_refuses(404)
    def retrieve(self, request: Request) -> Response:
        """获取活动信息"""
        serial_no = parse_query(ActivityQuery, request)["serial_no"]
        return Response(rendering.offer_body(drawing.offer(serial_no, member_id=self.member_id, now=timezone.now())))


@extend_schema(tags=["glue"])
class GlueDrawViewSet(SharedBuyerViewSet):
    """/v1/glue/activity/draw: a member for themselves, an operator's service token for any member."""

    permission = "activities.draw_for_members"

    @extend_schema(request=DrawRequest, parameters=[OPTIONAL_IDEMPOTENCY_KEY], responses={200: DrawEnvelope})
    @also_refuses(status.HTTP_404_NOT_FOUND, status.HTTP_429_TOO_MANY_REQUESTS)
    def create(self, request: Request) -> Response:
        """抽奖"""
        body = parse(DrawRequest, request)
        self.require_may_act_for(body["uid"])
        count_for(PURCHASES, body["uid"])
        keyed = "Idempotency-Key" in request.headers
        claim = claim_of(request, realm="member", actor_id=body["uid"]) if keyed else None
        ticket = Ticket(body["uid"], body["client_nonce"] or NO_NONCE, body["amount_ref"], body["pass"])
        drawn = drawing.draw(body["serial_no"], ticket, claim=claim, now=timezone.now(), seen=self.buyer)
        return answer(rendering.answer_body(drawn), status=status.HTTP_200_OK, replayed=drawn.replayed)
