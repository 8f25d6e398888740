"""What activities shows on the home page."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db.models import Count, Sum

from activities.admin.cards import nearly_gone, nothing_on_sale, paused
from activities.enums import DeliveryStatus
from activities.models import Activity, DrawBatch, Issue, PrizeDelivery
from activities.services import succession
from blindbox.common.adminkit import Figure, Panel, Todo, curves, figures, link, list_url, tables, todos
from blindbox.common.adminkit.home import Day, Series, last_days, sum_by_day
from blindbox.system.outbox import MOST_FAILURES

TOP = 5


@figures.add("今日抽数", permission="activities.view_drawlog", order=10)
def draws_today(*, now: datetime) -> Figure:
    days = last_days(now, 2)
    yesterday, today = _drawn(days).values()
    return Figure(value=str(today), note=f"昨日 {yesterday}", url=list_url("activities.drawlog"))


@curves.add("抽数", permission="activities.view_drawlog", order=10)
def draws_by_day(*, now: datetime) -> Series:
    return _drawn(last_days(now, 7))


def _drawn(days: Sequence[Day]) -> dict[date, int]:
    """Count draws by what was bought: an extra that comes with a ticket is no draw, and one row stands for ten."""
    return sum_by_day(DrawBatch.objects.all(), "count", "settled_at", days)


@todos.add("快售罄的期次", permission="activities.view_issue", order=50, note="剩余不到一成，请备下一期")
def issues_nearly_gone(*, now: datetime) -> Todo:
    return Todo(Issue.objects.filter(nearly_gone()).count(), list_url("activities.issue", "?nearly_gone=yes"))


@todos.add("已暂停的期次", permission="activities.view_issue", order=45, note="限量奖品发完了，请关闭或备下一期")
def issues_paused(*, now: datetime) -> Todo:
    return Todo(Issue.objects.filter(paused()).count(), list_url("activities.issue", "?paused=yes"))


@todos.add("售罄后没有开出下一期", permission="activities.view_issue", order=46, note="原因见操作日志")
def issues_without_a_next(*, now: datetime) -> Todo:
    stuck = Issue.objects.filter(succession.without_a_next())
    return Todo(stuck.count(), list_url("activities.issue", "?without_a_next=yes"))


@todos.add("上架但没有进行中的期次", permission="activities.view_activity", order=47, note="请开放一期，或者归档")
def activities_with_nothing_on_sale(*, now: datetime) -> Todo:
    return Todo(Activity.objects.filter(nothing_on_sale()).count(), list_url("activities.activity", "?on_sale=no"))


@todos.add("奖品发放失败", permission="activities.view_prizedelivery", order=25, note="排除原因后重新发放")
def prizes_given_up(*, now: datetime) -> Todo:
    given_up = PrizeDelivery.objects.filter(status=DeliveryStatus.FAILED, failures__gte=MOST_FAILURES)
    return Todo(given_up.count(), list_url("activities.prizedelivery", "?status__exact=failed"))


@tables.add("热门活动", permission="activities.view_activity", order=10, note="近 7 天抽数")
def top_activities(*, now: datetime) -> Panel:
    recent = DrawBatch.objects.filter(settled_at__gte=last_days(now, 7)[0].start)
    by_activity = recent.values("issue__activity_id", "issue__activity__name").annotate(
        draw_count=Sum("count"), members=Count("member", distinct=True)
    )
    top = by_activity.order_by("-draw_count").values_list(
        "issue__activity_id", "issue__activity__name", "draw_count", "members"
    )
    rows = [(link(name, "activities.activity", pk), draws, members) for pk, name, draws, members in top[:TOP]]
    empty = "近 7 天还没有人抽奖。先建商品，再建活动、开放一期。"
    return Panel(headers=["活动", "抽数", "参与人数"], rows=rows, empty=empty, more_url=list_url("activities.activity"))
