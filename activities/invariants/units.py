"""P7 and I4 of docs/guarantees.md: what refunded draws brought is back, and every unit is where its draw says."""

from collections.abc import Iterable
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat

from accounts.enums import PointReason
from accounts.selectors.points import debts_for, entries_for
from activities.enums import BatchStatus, Outcome, RewardKind
from activities.invariants.counting import number_of
from activities.models import DrawBatch, DrawLog, Reward, SessionDraw
from activities.services.granting import SOURCE
from activities.services.prizes.bundles import UNIT_STRIDE
from blindbox.common.invariants import also, invariant
from orders import selectors as orders
from orders.enums import InventoryReason, InventoryStatus, OrderSource, OrderStatus

TAKEN_BACK = Q(status=InventoryStatus.GONE, reason=InventoryReason.REFUNDED)


def _refunded() -> "QuerySet[DrawBatch]":
    back = orders.of_source(OrderSource.DRAW).filter(status__in=[OrderStatus.REFUNDING, OrderStatus.REFUNDED])
    return DrawBatch.objects.filter(Q(status=BatchStatus.REFUNDED) | Q(order_id__in=back.values("pk")))


@invariant(id="P7", title="已退款订单的奖品都已收回")
def refunded_means_taken_back() -> Iterable[str]:
    granted = orders.granted(SOURCE).filter(source_id__in=_refunded().values("pk"))
    for item in granted.exclude(TAKEN_BACK):
        yield f"持仓 {item.pk}（{item.title}）：订单已退款，但仍为「{item.get_status_display()}」"
    yield from _points_kept()


def _points_kept() -> Iterable[str]:
    """Points that a refunded draw brought went back under the same reference, or are owed since they were spent."""
    ref = Concat(Cast("batch_id", CharField()), Value(":"), Cast("idx", CharField()), output_field=CharField())
    won: Any = DrawLog.objects.filter(batch__in=_refunded(), reward__kind=RewardKind.POINTS).annotate(ref=ref)
    same = {"ref": OuterRef("ref"), "account__member_id": OuterRef("member_id")}
    posted = entries_for(PointReason.DRAW_PRIZE).filter(**same)
    back = entries_for(PointReason.REFUND).filter(**same).values("delta")[:1]
    owed = debts_for(PointReason.REFUND).filter(**same).values("delta")[:1]
    brought = won.filter(Exists(posted)).annotate(back=Subquery(back, output_field=BigIntegerField()))
    owes: Any = Coalesce(Subquery(owed, output_field=BigIntegerField()), 0)
    # the reward's column is unsigned and cannot be negated
    brought = brought.annotate(returned=owes + F("back") * -1)
    for log in brought.exclude(back__isnull=False, returned=F("reward__points")):
        yield f"抽奖 {log.pk}：订单已退款，奖品积分没有收回或数额不符（收回 {log.back}）"


@also(id="I4")
def units_are_where_their_draws_say() -> Iterable[str]:
    """Each reward: what was drawn was created, and of it exactly what was refunded is back."""
    for reward in Reward.objects.filter(kind__in=[RewardKind.PRODUCT, RewardKind.BUNDLE]).order_by("pk").iterator():
        size = sum(line["quantity"] for line in reward.bundle or []) or 1
        for refunded, drawn, created, back in _sums(reward):
            due = drawn * size
            if (created, back) != (due, due if refunded else 0):
                name = "已退款" if refunded else "未退款"
                yield f"奖品 {reward.pk}（{name}）：应有 {due} 件，发出 {created} 件，其中收回 {back} 件"


def _sums(reward: Reward) -> Iterable[tuple[bool, int, int, int]]:
    """Return what became of a reward's draws, kept and refunded: draws, units that they brought, units taken back."""
    undelivered = SessionDraw.objects.filter(batch_id=OuterRef("batch_id"), idx=OuterRef("idx"))
    mine = orders.granted(SOURCE).annotate(idx=F("source_part") % UNIT_STRIDE)
    mine = mine.filter(source_id=OuterRef("batch_id"), idx=OuterRef("idx"))
    back = Coalesce(Sum(Case(When(TAKEN_BACK, then=1), default=0)), 0)
    drawn = DrawLog.objects.filter(reward=reward, issue_id=reward.issue_id)
    units: Any = drawn.annotate(
        due=Case(When(Exists(undelivered.exclude(outcome=Outcome.DELIVERED)), then=0), default=1),
        created=number_of(mine, "source_id", Count("pk")),
        back=number_of(mine, "source_id", back),
    )
    sums = units.order_by().values("refunded").annotate(Sum("due"), Sum("created"), Sum("back"))
    yield from sums.values_list("refunded", "due__sum", "created__sum", "back__sum")
