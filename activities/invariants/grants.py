"""D7 of docs/guarantees.md: each result is one grant, and each grant one result."""

from collections.abc import Iterable
from itertools import islice

from django.db.models import BigIntegerField, CharField, Count, Exists, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat

from accounts.enums import PointReason
from accounts.selectors.points import entries_for
from activities.enums import DeliveryStatus, Outcome, RewardKind
from activities.invariants.counting import number_of
from activities.models import DrawLog, PrizeDelivery, Reward, SessionDraw
from activities.services.granting import SOURCE
from activities.services.prizes import issuers
from activities.services.prizes.bundles import UNIT_STRIDE
from activities.services.prizes.deliveries import Origin
from blindbox.common.invariants import invariant
from orders import selectors as orders

IDX = F("source_part") % UNIT_STRIDE
ISSUED = [RewardKind.COUPON, RewardKind.WALLET]
AT_ONCE = 500


@invariant(id="D7", title="每个结果恰好发放一次，没有无结果的发放")
def draws_and_grants_match() -> Iterable[str]:
    yield from _products()
    yield from _bundles()
    yield from _points()
    yield from _deliveries()


def _due(**reward: object) -> "QuerySet[DrawLog]":
    """Return the results whose prize is with the member: of the generic tool only what was delivered."""
    mine = SessionDraw.objects.filter(batch_id=OuterRef("batch_id"), idx=OuterRef("idx"))
    return DrawLog.objects.filter(~Exists(mine.exclude(outcome=Outcome.DELIVERED)), **reward)


def _products() -> Iterable[str]:
    granted = orders.granted(SOURCE)
    mine = granted.filter(
        source_id=OuterRef("batch_id"), source_part=OuterRef("idx"), product_id=OuterRef("reward__product_id")
    )
    won = _due(reward__kind=RewardKind.PRODUCT)
    for log in won.filter(~Exists(mine)):
        yield f"抽奖 {log.pk}：没有发放商品"
    drawn = _due(batch_id=OuterRef("source_id"))
    alone = drawn.filter(idx=OuterRef("source_part"), reward__kind=RewardKind.PRODUCT)
    in_bundle = drawn.filter(idx=OuterRef("idx"), reward__kind=RewardKind.BUNDLE)
    for item in granted.annotate(idx=IDX).filter(~Exists(alone), ~Exists(in_bundle)):
        yield f"持仓 {item.pk}：没有对应的抽奖结果"


def _bundles() -> Iterable[str]:
    """A bundle is exactly its products, each as often as it says, and nothing more."""
    units = orders.granted(SOURCE).annotate(idx=IDX).filter(source_id=OuterRef("batch_id"), idx=OuterRef("idx"))
    for reward in Reward.objects.filter(kind=RewardKind.BUNDLE):
        lines = reward.bundle or []
        won = _due(reward=reward).annotate(
            units=number_of(units, "source_id", Count("pk")),
            **{
                f"line_{n}": number_of(units.filter(product_id=line["product_id"]), "source_id", Count("pk"))
                for n, line in enumerate(lines)
            },
        )
        due = {f"line_{n}": line["quantity"] for n, line in enumerate(lines)}
        for log in won.exclude(**due, units=sum(due.values())):
            yield f"抽奖 {log.pk}：组合奖品没有按内容发放（{log.units} 件）"


def _points() -> Iterable[str]:
    posted = entries_for(PointReason.DRAW_PRIZE)
    ref = Concat(Cast("batch_id", CharField()), Value(":"), Cast("idx", CharField()), output_field=CharField())
    won = _due(reward__kind=RewardKind.POINTS).annotate(ref=ref)
    mine = posted.filter(ref=OuterRef("ref"), account__member_id=OuterRef("member_id"))
    paid = won.annotate(paid=Subquery(mine.values("delta")[:1], output_field=BigIntegerField()))
    for log in paid.exclude(paid__isnull=False, paid=F("reward__points")):
        yield f"抽奖 {log.pk}：应得积分没有入账或数额不符（入账 {log.paid}）"
    for entry in posted.filter(~Exists(won.filter(ref=OuterRef("ref"), member_id=OuterRef("account__member_id")))):
        yield f"积分流水 {entry.pk}：没有对应的抽奖结果"


def _deliveries() -> Iterable[str]:
    promised = PrizeDelivery.objects.filter(source=SOURCE)
    mine = promised.filter(
        source_id=OuterRef("batch_id"),
        source_part=OuterRef("idx"),
        member_id=OuterRef("member_id"),
        kind=OuterRef("reward__kind"),
    )
    won = _due(reward__kind__in=ISSUED)
    for log in won.filter(~Exists(mine)):
        yield f"抽奖 {log.pk}：没有发放记录"
    drawn = won.filter(batch_id=OuterRef("source_id"), idx=OuterRef("source_part"))
    for row in promised.filter(~Exists(drawn)):
        yield f"发放记录 {row.pk}：没有对应的抽奖结果"
    yield from _not_issued()


def _not_issued() -> Iterable[str]:
    """What is noted as delivered is in the issuer's own books."""
    for kind in filter(issuers.is_registered, ISSUED):
        rows = PrizeDelivery.objects.filter(kind=kind, status=DeliveryStatus.DELIVERED).order_by("pk").iterator()
        while chunk := list(islice(rows, AT_ONCE)):
            issued = issuers.of(kind).issued([_ref(row) for row in chunk])
            yield from (
                f"发放记录 {row.pk}：记为已发放，{kind.label}没有入账" for row in chunk if _ref(row) not in issued
            )


def _ref(row: PrizeDelivery) -> str:
    return Origin(row.source, row.source_id, row.source_part).ref
