"""A box's numbers, and having a whole box to oneself."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import MemberViewSet, PublicViewSet
from activities import selectors
from activities.api.app import box_rendering
from activities.api.app.box_serializers import TicketGridResponse, TicketQuery
from activities.api.app.lock_serializers import LockResponse
from activities.api.app.rendering import lock_body
from activities.services import box_locks, grids, terms
from activities.settings import PROOFS, PURCHASES
from blindbox.common.openapi import also_refuses
from blindbox.common.request import parse_query
from blindbox.common.serializers import Nothing
from blindbox.system.api.idempotency import answer, claim_of
from blindbox.system.api.limits import count, limited
from blindbox.system.api.parameters import IDEMPOTENCY_KEY


@extend_schema(tags=["app/activities"])
class TicketViewSet(PublicViewSet):
    """/api/app/activities/{activity_id}/issues/{issue_id}/tickets"""

    @extend_schema(parameters=[TicketQuery], responses=TicketGridResponse)
    @also_refuses(status.HTTP_429_TOO_MANY_REQUESTS)
    def list(self, request: Request, activity_id: int, issue_id: int) -> Response:
        """一箱的号码：可选、已占用、已抽走及开出的奖品"""
        issue = selectors.shown_issue(activity_id=activity_id, issue_id=issue_id)
        query, promised = parse_query(TicketQuery, request), terms.of_issue(issue_id)
        whole, size = query.pop("whole"), query["page_size"]
        if whole:
            count(PROOFS, self, request)
        last = query["page"] * size
        numbers = grids.page(promised, first=last - size + 1, last=last, member_id=self.member_id)
        lock = box_locks.seen_by(self.member_id, promised, now=timezone.now())
        body = {
            "list": box_rendering.numbers_body(numbers),
            "total": promised.total,
            "pick_number": promised.picks_numbers,
            "states": grids.states(promised) if whole else None,
            "lock": lock_body(lock),
        }
        return Response({**body, **box_rendering.counts_body(issue.counter), **query})


@extend_schema(tags=["app/draws"])
class LockViewSet(MemberViewSet):
    """/api/app/activities/{activity_id}/issues/{issue_id}/lock"""

    @extend_schema(request=None, parameters=[IDEMPOTENCY_KEY], responses={201: LockResponse})
    @limited(PURCHASES)
    def create(self, request: Request, activity_id: int, issue_id: int) -> Response:
        """独占整箱，或排队等候"""
        member_id, now = self.member_id, timezone.now()
        claim = claim_of(request, realm="member", actor_id=member_id)
        outcome = box_locks.take(member_id=member_id, activity_id=activity_id, issue_id=issue_id, claim=claim, now=now)
        lock = box_locks.seen_by(member_id, terms.of_issue(issue_id), now=now)
        return answer(lock_body(lock), status=outcome.status, replayed=outcome.replayed)

    @extend_schema(responses={200: Nothing})
    def destroy(self, request: Request, activity_id: int, issue_id: int) -> Response:
        """让出整箱，或离开队伍"""
        now = timezone.now()
        box_locks.let_go(member_id=self.member_id, activity_id=activity_id, issue_id=issue_id, now=now)
        return Response({}, status=status.HTTP_200_OK)
