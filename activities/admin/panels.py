"""What activities shows on the pages of members and orders."""

from collections.abc import Iterable

from django.db.models import Q
from django.utils.safestring import SafeString

from accounts.admin.points import tells_of
from accounts.enums import PointReason
from activities.admin.draws import verify_link, what_won
from activities.models import Activity, DrawBatch, DrawLog
from activities.selectors import draw_logs_of_member
from activities.services.prizes.bundles import UNIT_STRIDE
from blindbox.common.adminkit import Panel, chip, link, list_url, local_time, panel, row_id, text_filter
from orders.admin.order import filter_orders_by
from orders.enums import OrderSource
from orders.selectors import granted

ROWS = 20


@tells_of(PointReason.DRAW_PRIZE, PointReason.REFUND)
def drawn(ref: str) -> SafeString | None:
    """Return the batch whose prize a line of points is: `batch:index`."""
    batch, _, index = ref.partition(":")
    if not (batch.isdecimal() and index.isdecimal()):
        return None
    return link(f"抽奖批次 {batch} 第 {int(index) + 1} 件", "activities.drawbatch", int(batch))


def _table(draws: Iterable[DrawLog], *, empty: str, more_url: str = "") -> Panel:
    headers = ["时间", "期次", "奖品", "票号", "状态", "验证"]
    return Panel(headers=headers, rows=[_row(draw) for draw in draws], empty=empty, more_url=more_url)


def _row(draw: DrawLog) -> tuple[object, ...]:
    state = chip("已退款", "danger") if draw.refunded else chip("有效", "success")
    issue = link(str(draw.issue), "activities.issue", draw.issue_id)
    at = link(local_time(draw.drawn_at), "activities.drawlog", draw.pk)
    return at, issue, what_won(draw), draw.ticket_no, state, verify_link(draw.pk)


@panel("orders.order", title="抽奖结果", permission="activities.view_drawlog")
def draws_of_order(order_id: int) -> Panel:
    draws = DrawLog.objects.filter(batch__order_id=order_id).select_related("reward", "issue__activity")
    return _table(draws.order_by("idx"), empty="还没有开奖。订单支付之后几秒内开奖。")


@panel("orders.inventoryitem", title="抽到它的那一抽", permission="activities.view_drawlog")
def draw_of_item(item_id: int) -> Panel:
    granted_by = granted(OrderSource.DRAW).filter(pk=item_id).values_list("source_id", "source_part").first()
    batch_id, part = granted_by or (0, 0)
    draws = DrawLog.objects.filter(batch_id=batch_id, idx=part % UNIT_STRIDE).select_related(
        "reward", "issue__activity"
    )
    return _table(draws, empty="不是抽奖得到的。")


def _bought_of(typed: str) -> Q:
    """Return the orders of draws of the activities of this number, or whose name has these words."""
    numbered = Q(issue__activity_id=typed) if row_id(Activity, typed) else Q()
    batches = DrawBatch.objects.filter(numbered | Q(issue__activity__name__icontains=typed))
    return Q(pk__in=batches.values("order_id"))


filter_orders_by(text_filter("活动（名称或编号）", "activity", _bought_of))


@panel("accounts.member", title="抽奖记录", permission="activities.view_drawlog")
def draws_of_member(member_id: int) -> Panel:
    draws = draw_logs_of_member(member_id)
    more = list_url("activities.drawlog", f"?member={member_id}")
    return _table(draws[:ROWS], empty="还没有抽过奖。", more_url=more)
