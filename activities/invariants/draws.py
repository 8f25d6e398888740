"""P6, D1–D5 and D11 of docs/guarantees.md: what draws must always be."""

from collections.abc import Iterable
from datetime import timedelta
from functools import reduce
from operator import or_

from django.db.models import (
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from activities.enums import BatchStatus, IssueStatus
from activities.gameplay import registry
from activities.gameplay.base import Terms
from activities.invariants import numbers
from activities.invariants.counting import number_of
from activities.models import DrawBatch, DrawLog, Issue, IssueCounter, Reward, RewardStock
from activities.services import frequencies, limited, terms, verifying
from blindbox.common.fairness import PPM
from blindbox.common.invariants import Pace, Scope, everything, invariant
from orders import selectors as orders
from orders.enums import OrderSource, OrderStatus

DRAWN = BatchStatus.drawn()
GRACE = timedelta(seconds=60)  # a worker settles what WeChat's notice paid
LEAST_P = 1e-6
CAPPED = {"pairs", "weighted"}  # where the sale itself stops before a limited prize could be missing
_FITS = {
    OrderStatus.PENDING: [BatchStatus.HELD],
    OrderStatus.CLOSED: [BatchStatus.HELD, BatchStatus.RELEASED],
    OrderStatus.PAID: [BatchStatus.HELD, BatchStatus.RELEASED],
    OrderStatus.COMPLETED: [BatchStatus.SETTLED],
    OrderStatus.REFUNDING: [BatchStatus.RELEASED, BatchStatus.REFUNDED],
    OrderStatus.REFUNDED: [BatchStatus.RELEASED, BatchStatus.REFUNDED],
}


@invariant(id="P6", title="抽奖订单恰有一个批次，已支付的结果数等于购买数", pace=Pace.LATEST)
def orders_and_batches_match(rows: Scope = everything) -> Iterable[str]:
    placed = orders.of_source(OrderSource.DRAW)
    for order in rows(placed).filter(~Exists(DrawBatch.objects.filter(order_id=OuterRef("pk")))):
        yield f"订单 {order.order_no}：没有抽奖批次"
    status = Subquery(placed.filter(pk=OuterRef("order_id")).values("status")[:1])
    batches = rows(DrawBatch.objects.all()).annotate(order_status=Coalesce(status, Value("")))
    fits = reduce(or_, (Q(order_status=word, status__in=words) for word, words in _FITS.items()))
    for batch in batches.exclude(fits):
        yield f"批次 {batch.pk}：状态 {batch.status}，订单状态 {batch.order_status}"
    yield from _batches_in_full(rows)
    # since we learned of it: WeChat's own moment may be long ago when its notice is late or the poller found it
    for order in placed.filter(status=OrderStatus.PAID, updated_at__lt=timezone.now() - GRACE):
        yield f"订单 {order.order_no}：已支付，超过 {GRACE.seconds} 秒没有开奖"


def _batches_in_full(rows: Scope) -> Iterable[str]:
    own = DrawLog.objects.filter(batch=OuterRef("pk"), is_bonus=False)
    drawn = rows(DrawBatch.objects.all()).annotate(n=number_of(own, "batch", Count("pk")))
    for batch in drawn.filter(Q(status__in=DRAWN) & ~Q(n=F("count")) | ~Q(status__in=DRAWN) & Q(n__gt=0)):
        yield f"批次 {batch.pk}：购买 {batch.count} 抽，结果 {batch.n} 个"


@invariant(id="D1", title="每张票只抽出一次，且在箱内")
def tickets_are_drawn_once() -> Iterable[str]:
    own = DrawLog.objects.filter(is_bonus=False, ticket_no__isnull=False)
    for row in own.order_by().values("issue_id", "ticket_no").annotate(n=Count("pk")).filter(n__gt=1):
        yield f"期次 {row['issue_id']}：{row['ticket_no']} 号票抽出 {row['n']} 次"
    tickets = DrawLog.objects.filter(ticket_no__isnull=False)
    for log in tickets.filter(Q(ticket_no__lt=1) | Q(ticket_no__gt=F("issue__counter__total"))):
        yield f"抽奖 {log.pk}：{log.ticket_no} 号票不在箱内"
    yield from numbers.drawn_and_turned_over()


@invariant(id="D2", title="已售数等于抽奖数，不超过总数")
def sold_is_what_was_drawn() -> Iterable[str]:
    own = DrawLog.objects.filter(issue=OuterRef("pk"), is_bonus=False)
    counters = IssueCounter.objects.annotate(n=number_of(own, "issue", Count("pk")))
    for counter in counters.filter(~Q(sold=F("n")) | Q(sold__gt=F("total"))):
        yield f"期次 {counter.pk}：已售 {counter.sold}，抽奖 {counter.n}，总数 {counter.total}"
    yield from numbers.laid_out_in_full()


@invariant(id="D3", title="限量奖品发出数不超过数量，售罄时恰好发完")
def limited_rewards_are_kept() -> Iterable[str]:
    limited = Reward.objects.filter(quantity__isnull=False).exclude(issue__counter__status=IssueStatus.DRAFT)
    given = DrawLog.objects.filter(reward=OuterRef("pk"), issue=OuterRef("issue"))
    counted = limited.annotate(n=number_of(given, "reward", Count("pk")))
    sold_out = Q(issue__counter__sold=F("issue__counter__total"))
    for reward in counted.filter(Q(n__gt=F("quantity")) | sold_out & ~Q(n=F("quantity"))):
        yield f"奖品 {reward.pk}：数量 {reward.quantity}，发出 {reward.n}"
    yield from _stocks()


def _stocks() -> Iterable[str]:
    """Yield the limited prizes won by chance whose stock is not what was drawn."""
    given = DrawLog.objects.filter(reward=OuterRef("pk"), issue=OuterRef("reward__issue"))
    stocks = RewardStock.objects.annotate(n=number_of(given, "reward", Count("pk"))).order_by("pk")
    for stock in stocks.filter(~Q(given=F("n")) | ~Q(total=F("reward__quantity"))):
        yield f"奖品 {stock.pk}：库存记中出 {stock.given}／{stock.total}，抽奖 {stock.n}"
    capped = Issue.objects.filter(rewards__stock__isnull=False).distinct().select_related("counter")
    for issue in capped.order_by("pk"):
        yield from _cap(issue)


def _cap(issue: Issue) -> Iterable[str]:
    """Yield whether the counter lets more draws be sold than the limited prizes bear."""
    promised = terms.promised_by(issue)
    if promised.allocator not in CAPPED:
        return
    most = registry.get(promised.gameplay).most_units(promised.prizes, promised.config)
    due = limited.draws_served(promised, limited.left_of(promised), most)
    if issue.counter.cap_left != due:
        yield f"期次 {issue.pk}：限量余量 {issue.counter.cap_left}，应为 {due}"


@invariant(id="D4", title="每个结果都能由事先的承诺重算，承诺日志完整")
def draws_follow_from_commitments() -> Iterable[str]:
    return verifying.discrepancies()


@invariant(id="D5", title="公示的奖品与冻结的条款一致，概率合计 100%，实际频率相符")
def odds_are_the_published_ones() -> Iterable[str]:
    opened = Issue.objects.exclude(counter__status=IssueStatus.DRAFT).order_by("pk")
    for issue in opened.prefetch_related("rewards"):
        rewards = sorted(issue.rewards.all(), key=lambda reward: (reward.sort, reward.pk))
        promised = terms.promised_by(issue)
        if terms.prizes_of(rewards) != list(promised.prizes):
            yield f"期次 {issue.pk}：奖品与条款不一致"
        yield from _frequencies(promised)


def _frequencies(promised: Terms) -> Iterable[str]:
    p, total = frequencies.p_value(promised), sum(prize.odds_ppm or 0 for prize in promised.prizes)
    if p is not None and total != PPM:
        yield f"期次 {promised.issue_id}：概率合计 {total}"
    elif p is not None and p < LEAST_P:
        yield f"期次 {promised.issue_id}：实际频率与概率相差过大（p = {p:.1e}）"


@invariant(id="D11", title="锁定数量等于待支付批次之和")
def reserved_is_what_is_held() -> Iterable[str]:
    held = DrawBatch.objects.filter(issue=OuterRef("pk"), status=BatchStatus.HELD)
    counters = IssueCounter.objects.annotate(n=number_of(held, "issue", Sum("count")))
    for counter in counters.exclude(reserved=F("n")):
        yield f"期次 {counter.pk}：锁定 {counter.reserved}，待支付批次合计 {counter.n}"
    yield from numbers.held_as_reserved()
