"""The Boss of an activity, and who leads."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import PublicViewSet
from activities.api.app import boss_rendering
from activities.api.app.boss_serializers import BossRankResponse, BossResponse, LeaderboardQuery
from activities.boss import selectors
from blindbox.common.pagination import PageQuery, page_of, paginate_rendered
from blindbox.common.request import parse_query


@extend_schema(tags=["app/activities"])
class BossViewSet(PublicViewSet):
    """/api/app/activities/{activity_id}/…/boss"""

    @extend_schema(responses=BossResponse)
    def retrieve(self, request: Request, activity_id: int, issue_id: int) -> Response:
        """Boss 挑战：血量、伤害、我的名次"""
        now = timezone.now()
        season = selectors.season_of_issue(activity_id=activity_id, issue_id=issue_id, now=now)
        return Response(boss_rendering.boss_body(season, member_id=self.member_id, now=now))

    @extend_schema(parameters=[PageQuery, LeaderboardQuery], responses=page_of(BossRankResponse))
    def leaderboard(self, request: Request, activity_id: int) -> Response:
        """Boss 排行榜，实时"""
        asked, page = parse_query(LeaderboardQuery, request), parse_query(PageQuery, request)
        season = selectors.season_on_show(activity_id, asked.get("season_id"), now=timezone.now())
        first, me = 1 + (page["page"] - 1) * page["page_size"], self.member_id
        players = selectors.ranking(season.pk)
        return paginate_rendered(request, players, lambda found: boss_rendering.ranks(found, first=first, member_id=me))
