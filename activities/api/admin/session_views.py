"""The generic draw tool's plan of releases, and the passes of its level games."""

from datetime import timedelta

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import OperatorViewSet
from activities.api.admin.serializers import (
    DropRequest,
    DropResponse,
    PassRequest,
    PassResponse,
    SpreadRequest,
)
from activities.services import drafting
from activities.services.glue import passes, planning
from activities.services.glue.planning import Spread
from blindbox.common.pagination import PageQuery, page_of, paginate
from blindbox.common.request import named_as_sent, parse, parse_many
from blindbox.common.serializers import Nothing
from blindbox.system import idempotency
from blindbox.system.api.idempotency import answer, claim_of
from blindbox.system.api.parameters import IDEMPOTENCY_KEY


@extend_schema(tags=["admin/activities"])
class DropViewSet(OperatorViewSet):
    """/api/admin/activities/{activity_id}/issues/{issue_id}/drops"""

    permissions = {
        "list": "activities.view_reward",
        "create": "activities.change_reward",
        "spread": "activities.change_reward",
        "update": "activities.change_reward",
        "partial_update": "activities.change_reward",
        "destroy": "activities.change_reward",
    }

    @extend_schema(parameters=[PageQuery], responses=page_of(DropResponse))
    def list(self, request: Request, activity_id: int, issue_id: int) -> Response:
        """投放计划，按时间"""
        drafting.issue_of(activity_id=activity_id, issue_id=issue_id)
        return paginate(request, planning.plan_of(issue_id), DropResponse)

    @extend_schema(request=DropRequest, responses={201: DropResponse(many=True)})
    def create(self, request: Request, activity_id: int, issue_id: int) -> Response:
        """新增投放：一个对象或一个列表，全部成功或全部不生效"""
        drafting.issue_of(activity_id=activity_id, issue_id=issue_id)
        wanted = parse_many(DropRequest, request)
        with named_as_sent(request):
            drops = planning.add(issue_id=issue_id, drops=wanted, actor=self.actor, now=timezone.now())
        listed = DropResponse(drops, many=True).data
        return Response(listed if isinstance(request.data, list) else listed[0], status=status.HTTP_201_CREATED)

    @extend_schema(request=SpreadRequest, responses={201: DropResponse(many=True)})
    def spread(self, request: Request, activity_id: int, issue_id: int) -> Response:
        """均匀投放：把一种奖品平均分到若干时段，取代它原来的计划"""
        drafting.issue_of(activity_id=activity_id, issue_id=issue_id)
        body = parse(SpreadRequest, request)
        every, lead = timedelta(minutes=body.pop("every_minutes")), timedelta(minutes=body.pop("lead_minutes"))
        how = Spread(**body, every=every, lead=lead)
        drops = planning.spread(issue_id=issue_id, how=how, actor=self.actor, now=timezone.now())
        return Response(DropResponse(drops, many=True).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=DropRequest, responses={200: DropResponse})
    def update(self, request: Request, activity_id: int, issue_id: int, drop_id: int) -> Response:
        """修改草稿期次的投放"""
        drafting.issue_of(activity_id=activity_id, issue_id=issue_id)
        values = parse(DropRequest, request, partial=request.method == "PATCH")
        drop = planning.change(issue_id=issue_id, drop_id=drop_id, values=values, actor=self.actor, now=timezone.now())
        return Response(DropResponse(drop).data)

    partial_update = update

    @extend_schema(responses={200: Nothing})
    def destroy(self, request: Request, activity_id: int, issue_id: int, drop_id: int) -> Response:
        """删除草稿期次的投放"""
        drafting.issue_of(activity_id=activity_id, issue_id=issue_id)
        planning.delete(issue_id=issue_id, drop_id=drop_id, actor=self.actor, now=timezone.now())
        return Response({})


@extend_schema(tags=["admin/activities"])
class PassViewSet(OperatorViewSet):
    """/api/admin/activities/{activity_id}/passes"""

    permissions = {"create": "activities.add_levelpass"}

    @extend_schema(request=PassRequest, parameters=[IDEMPOTENCY_KEY], responses={201: PassResponse})
    def create(self, request: Request, activity_id: int) -> Response:
        """发放一次性通关凭证"""
        body = parse(PassRequest, request)
        now, claim = timezone.now(), claim_of(request, realm="operator", actor_id=self.operator_id)

        def effect() -> str:
            what = {"activity_id": activity_id, "member_id": body["uid"], "node": body["node"]}
            return str(passes.issue(**what, actor=self.actor, now=now).pk)

        outcome = idempotency.run_once(claim=claim, effect=effect, now=now)
        shown = {"pass": passes.shown(int(outcome.ref))}
        return answer(PassResponse(shown).data, status=outcome.status, replayed=outcome.replayed)
