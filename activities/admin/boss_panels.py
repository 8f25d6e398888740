"""What a season's page shows below its form: who leads, what settling gives or gave, and refunds after it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from accounts.admin.points import tells_of
from accounts.enums import PointReason
from activities.admin.boss import content_of
from activities.boss import selectors, settlement
from activities.models import BossAward, BossClawback, BossHit
from blindbox.common.adminkit import Panel, Todo, chip, link, list_url, local_time, panel, todos

ROWS = 20
LATE = timedelta(minutes=10)
AWARDS = ["名次", "用户", "伤害", "奖项", "奖励", "状态"]


@tells_of(PointReason.BOSS_PRIZE)
def award_of(ref: str) -> str | None:
    """Return the award that a line of points paid."""
    number = ref.removeprefix("boss:")
    return link(f"Boss 发奖 {number}", "activities.bossaward", int(number)) if number.isdecimal() else None


@tells_of(PointReason.CLAWBACK)
def taken_back(ref: str) -> str | None:
    """Return the batch whose refund came after its season was settled."""
    number = ref.removeprefix("boss:")
    return link(f"抽奖批次 {number} 退款", "activities.drawbatch", int(number)) if number.isdecimal() else None


@panel("activities.bossseason", title="排行", permission="activities.view_bossplayer")
def players(season_id: int) -> Panel:
    leading = selectors.ranking(season_id).select_related("member")[:ROWS]
    return Panel(
        headers=["名次", "用户", "伤害", "命中次数", "达成时间"],
        rows=[
            (rank, _member(each.member), each.damage, each.hits, local_time(each.reached_at))
            for rank, each in enumerate(leading, start=1)
        ],
        empty="还没有人造成伤害。",
        more_url=list_url("activities.bossplayer", f"?season={season_id}"),
    )


@panel("activities.bossseason", title="奖励", permission="activities.view_bossaward")
def awards(season_id: int) -> Panel:
    """Show what was awarded, or what settling now would award."""
    season = selectors.season(season_id)
    if season.settled_at is None:
        rows = [_projected(each) for each in islice(settlement.due(season), ROWS)]
        return Panel(headers=AWARDS, rows=rows, empty="现在结算的话，没有人得奖。")
    given = BossAward.objects.filter(season=season).select_related("member").order_by("rank", "pk")[:ROWS]
    more = list_url("activities.bossaward", f"?season={season_id}")
    return Panel(headers=AWARDS, rows=[_given(each) for each in given], empty="没有人得奖。", more_url=more)


def _projected(due: settlement.Due) -> tuple[Any, ...]:
    prize, player = due.prize, due.player
    said = prize.get_award_display(), content_of(prize), chip("按现在的排行预计")
    return due.rank, _member(player.member), player.damage, *said


def _given(award: BossAward) -> tuple[Any, ...]:
    state = chip("已发放", "success") if award.paid_at else chip("待发放", "warning")
    said = award.get_award_display(), content_of(award), state
    return award.rank, _member(award.member), award.damage, *said


@panel("activities.bossseason", title="最近命中", permission="activities.view_bossplayer")
def hits(season_id: int) -> Panel:
    latest = BossHit.objects.filter(season_id=season_id).select_related("member").order_by("-seq")[:ROWS]
    return Panel(
        headers=["序号", "时间", "用户", "来源", "此前总伤害", "伤害"],
        rows=[
            (each.seq, local_time(each.hit_at), _member(each.member), each.get_source_display(), each.damage_before,
             f"{each.damage:+d}")
            for each in latest
        ],
        empty="还没有命中。",
    )  # fmt: skip


@panel("activities.bossseason", title="结算后的退款", permission="activities.view_bossaward")
def clawbacks(season_id: int) -> Panel:
    rows: Iterable[BossClawback] = BossClawback.objects.filter(season_id=season_id).select_related("member")
    return Panel(
        headers=["时间", "用户", "退款的伤害", "应收回积分", "已收回积分"],
        rows=[
            (local_time(each.created_at), _member(each.member), each.damage, each.wanted, each.taken) for each in rows
        ],
        empty="结算之后没有退款。",
    )


def _member(member: Any) -> Any:
    return link(str(member), "accounts.member", member.pk)


@todos.add(
    "Boss 赛季迟迟没有结算", permission="activities.view_bossseason", order=35, note="先处理“事件投递”里失败的事件"
)
def seasons_overdue(*, now: datetime) -> Todo:
    late = selectors.to_settle(until=now - settlement.GRACE - LATE)
    return Todo(len(late), list_url("activities.bossseason"))


@todos.add("Boss 奖励没有发出", permission="activities.view_bossaward", order=36, note="每分钟自动重试，请看错误日志")
def awards_unpaid(*, now: datetime) -> Todo:
    late = BossAward.objects.filter(paid_at__isnull=True, created_at__lte=now - LATE)
    return Todo(late.count(), list_url("activities.bossaward", "?unpaid=yes"))
