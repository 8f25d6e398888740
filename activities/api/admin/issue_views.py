"""Setting issues and rewards up, opening and closing."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import OperatorViewSet
from activities import selectors
from activities.api.admin import rendering
from activities.api.admin.serializers import (
    IssueDetailResponse,
    IssueRequest,
    LossApprovalRequest,
    LossApprovalResponse,
    ReasonRequest,
    RewardDetailResponse,
    RewardRequest,
)
from activities.services import approving, closing, drafting, opening
from blindbox.common.pagination import PageQuery, page_of, paginate, paginate_rendered
from blindbox.common.request import named_as_sent, parse, parse_many
from blindbox.common.serializers import Nothing


@extend_schema(tags=["admin/activities"])
class IssueViewSet(OperatorViewSet):
    """/api/admin/activities/{activity_id}/issues"""

    permissions = {
        "list": "activities.view_issue",
        "retrieve": "activities.view_issue",
        "create": "activities.add_issue",
        "update": "activities.change_issue",
        "partial_update": "activities.change_issue",
        "destroy": "activities.delete_issue",
        "open": "activities.change_issue",
        "close": "activities.change_issue",
        "approve_loss": "activities.approve_loss",
    }

    @extend_schema(parameters=[PageQuery], responses=page_of(IssueDetailResponse))
    def list(self, request: Request, activity_id: int) -> Response:
        """活动期数"""
        return paginate_rendered(request, selectors.issues_of(activity_id), rendering.issues_body)

    @extend_schema(request=IssueRequest, responses={201: IssueDetailResponse})
    def create(self, request: Request, activity_id: int) -> Response:
        """创建期次（草稿）"""
        values = parse(IssueRequest, request)
        issue = drafting.create_issue(activity_id=activity_id, values=values, actor=self.actor, now=timezone.now())
        return Response(rendering.issue_body(issue), status=status.HTTP_201_CREATED)

    @extend_schema(responses=IssueDetailResponse)
    def retrieve(self, request: Request, activity_id: int, issue_id: int) -> Response:
        """期次详情"""
        return _answer(activity_id, issue_id)

    @extend_schema(request=IssueRequest, responses={200: IssueDetailResponse})
    def update(self, request: Request, activity_id: int, issue_id: int) -> Response:
        """修改草稿期次"""
        drafting.change_issue(
            activity_id=activity_id,
            issue_id=issue_id,
            values=parse(IssueRequest, request, partial=request.method == "PATCH"),
            actor=self.actor,
            now=timezone.now(),
        )
        return _answer(activity_id, issue_id)

    partial_update = update

    @extend_schema(responses={200: Nothing})
    def destroy(self, request: Request, activity_id: int, issue_id: int) -> Response:
        """删除草稿期次"""
        drafting.delete_issue(activity_id=activity_id, issue_id=issue_id, actor=self.actor, now=timezone.now())
        return Response({})

    @extend_schema(request=ReasonRequest, responses={200: IssueDetailResponse})
    def open(self, request: Request, activity_id: int, issue_id: int) -> Response:
        """开放：冻结条款、占用库存、公布承诺"""
        drafting.issue_of(activity_id=activity_id, issue_id=issue_id)
        opening.open_issue(issue_id=issue_id, actor=self.actor, now=timezone.now(), **parse(ReasonRequest, request))
        return _answer(activity_id, issue_id)

    @extend_schema(request=ReasonRequest, responses={200: IssueDetailResponse})
    def close(self, request: Request, activity_id: int, issue_id: int) -> Response:
        """关闭：停止销售，无占用后公布密钥"""
        drafting.issue_of(activity_id=activity_id, issue_id=issue_id)
        closing.close(issue_id=issue_id, actor=self.actor, now=timezone.now(), **parse(ReasonRequest, request))
        return _answer(activity_id, issue_id)

    @extend_schema(request=LossApprovalRequest, responses={200: LossApprovalResponse})
    def approve_loss(self, request: Request, activity_id: int, issue_id: int) -> Response:
        """批准亏损预算：期望成本高于价格的草稿要批准才能开放；以最后一次为准"""
        drafting.issue_of(activity_id=activity_id, issue_id=issue_id)
        body = parse(LossApprovalRequest, request)
        approval = approving.approve_loss(issue_id=issue_id, actor=self.actor, now=timezone.now(), **body)
        return Response(LossApprovalResponse(approval).data)


def _answer(activity_id: int, issue_id: int) -> Response:
    return Response(rendering.issue_body(drafting.issue_of(activity_id=activity_id, issue_id=issue_id)))


@extend_schema(tags=["admin/activities"])
class RewardViewSet(OperatorViewSet):
    """/api/admin/activities/{activity_id}/issues/{issue_id}/rewards"""

    permissions = {
        "list": "activities.view_reward",
        "create": "activities.add_reward",
        "update": "activities.change_reward",
        "partial_update": "activities.change_reward",
        "destroy": "activities.delete_reward",
    }

    @extend_schema(parameters=[PageQuery], responses=page_of(RewardDetailResponse))
    def list(self, request: Request, activity_id: int, issue_id: int) -> Response:
        """期次奖品"""
        drafting.issue_of(activity_id=activity_id, issue_id=issue_id)
        return paginate(request, selectors.rewards_of(issue_id), RewardDetailResponse)

    @extend_schema(request=RewardRequest, responses={201: RewardDetailResponse(many=True)})
    def create(self, request: Request, activity_id: int, issue_id: int) -> Response:
        """添加奖品：一个对象或一个列表，全部成功或全部不生效"""
        drafting.issue_of(activity_id=activity_id, issue_id=issue_id)
        wanted = parse_many(RewardRequest, request)
        with named_as_sent(request):
            rewards = drafting.add_rewards(issue_id=issue_id, rewards=wanted, actor=self.actor, now=timezone.now())
        listed = RewardDetailResponse(rewards, many=True).data
        body = listed if isinstance(request.data, list) else listed[0]
        return Response(body, status=status.HTTP_201_CREATED)

    @extend_schema(request=RewardRequest, responses={200: RewardDetailResponse})
    def update(self, request: Request, activity_id: int, issue_id: int, reward_id: int) -> Response:
        """修改草稿期次的奖品"""
        drafting.issue_of(activity_id=activity_id, issue_id=issue_id)
        reward = drafting.change_reward(
            issue_id=issue_id,
            reward_id=reward_id,
            values=parse(RewardRequest, request, partial=request.method == "PATCH"),
            actor=self.actor,
            now=timezone.now(),
        )
        return Response(RewardDetailResponse(reward).data)

    partial_update = update

    @extend_schema(responses={200: Nothing})
    def destroy(self, request: Request, activity_id: int, issue_id: int, reward_id: int) -> Response:
        """删除草稿期次的奖品"""
        drafting.issue_of(activity_id=activity_id, issue_id=issue_id)
        drafting.delete_reward(issue_id=issue_id, reward_id=reward_id, actor=self.actor, now=timezone.now())
        return Response({})
