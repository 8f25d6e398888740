"""
Prizes of the generic tool arrive after the draw is committed (docs/adr/0003): 待发奖 becomes 已发奖, or 发奖失败 until
a repeat succeeds. A batch is delivered whole and once.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, QuerySet

from accounts.services import points
from activities.enums import Outcome, RewardKind
from activities.errors import DeliveryFailed
from activities.gameplay.base import Prize
from activities.models import DrawBatch, DrawLog, SessionDraw
from activities.services import granting, terms
from activities.services.glue import amounts
from activities.services.prizes import deliveries
from activities.services.prizes.deliveries import Origin
from blindbox.common.errors import DomainError, NotFound
from blindbox.common.retry import TryAgain, in_transaction, is_database_unavailable
from blindbox.system import audit
from catalog import stock
from orders.services import lifecycle

MOST_FAILURES = 5
ISSUED = {RewardKind.COUPON, RewardKind.WALLET}


def attempt(*, batch_id: int, now: datetime) -> None:
    """
    Deliver a batch; after enough failures it is left to staff.

    :raises DeliveryFailed: while it is to be tried again
    """
    why = _try(batch_id, None, now)
    if why is not None and _waiting(batch_id).filter(failures__lt=MOST_FAILURES).exists():
        raise DeliveryFailed(why=why)


@dataclass(frozen=True)
class Staff:
    """Who has a batch delivered again, and why."""

    actor: audit.Actor
    reason: str = ""


def retry(*, batch_id: int, by: Staff, now: datetime) -> None:
    """
    Deliver a batch that failed, as staff do after mending the cause.

    :raises NotFound: if nothing of it waits for delivery
    :raises DeliveryFailed: naming why it failed again
    """
    if not _waiting(batch_id).exists():
        raise NotFound
    why = _try(batch_id, by, now)
    if why is not None:
        raise DeliveryFailed(why=why)


def _try(batch_id: int, by: Staff | None, now: datetime) -> str | None:
    """Return why a delivery failed, None if it did not. A database that is busy is nobody's failure."""
    try:
        deliver(batch_id=batch_id, by=by, now=now)
    except Exception as error:
        if is_database_unavailable(error):
            raise
        why = str(error) if isinstance(error, DomainError) else f"{type(error).__name__}: {error}"
        _note_failure(batch_id=batch_id, why=why[:200])
        return why[:200]
    return None


@in_transaction
def _note_failure(*, batch_id: int, why: str) -> None:
    _waiting(batch_id).update(outcome=Outcome.FAILED, failures=F("failures") + 1, last_error=why)


@in_transaction
def deliver(*, batch_id: int, by: Staff | None = None, now: datetime) -> None:
    """Grant what a batch won, unless the order that it was drawn for is refunded: then the award is void."""
    batch = DrawBatch.objects.get(pk=batch_id)
    rows = list(_waiting(batch_id).values_list("idx", "amount_ref"))
    if not rows:
        return
    stands = _source_stands(batch.member_id, rows[0][1], now=now)
    if by is not None:
        said = "重新发奖" if stands else "奖品作废"
        audit.record(audit.Change(said, "DrawBatch", batch_id, str(batch), reason=by.reason), actor=by.actor, now=now)
    if not stands:
        void(batch_id=batch_id, now=now)
        return
    if granting.touches_accounts(terms.of_issue(batch.issue_id)):
        points.hold_account(member_id=batch.member_id, now=now)  # before the session's rows, as a refund takes it
    if _waiting(batch_id).update(outcome=Outcome.DELIVERED, delivered_at=now) != len(rows):
        raise TryAgain
    _grant(batch, _won(batch, [idx for idx, _ in rows]), now)


def _grant(batch: DrawBatch, won: Sequence[tuple[int, Prize]], now: datetime) -> None:
    granting.grant_all(member_id=batch.member_id, batch_id=batch.pk, won=won, now=now)
    for idx, prize in won:
        if prize.kind in ISSUED:  # by their issuers here and now, so that what is called delivered is there
            deliveries.give(Origin(granting.SOURCE, batch.pk, idx), now=now)


@in_transaction
def void(*, batch_id: int, now: datetime) -> None:
    """Take back the claim to what was never delivered; units that the session had taken return to their products."""
    rows = list(_waiting(batch_id).values_list("idx", flat=True))
    if _waiting(batch_id).update(voided_at=now) != len(rows):
        raise TryAgain
    units: Counter[int] = Counter()
    for _, prize in _won(DrawBatch.objects.get(pk=batch_id), rows):
        for product_id, n in granting.products_in(prize):
            units[product_id] += n if prize.quantity else 0
    stock.give_back(quantities={product_id: n for product_id, n in units.items() if n}, now=now)


def delivered(batch_id: int) -> list[int] | None:
    """Return which draws of a batch reached the member; None for a batch whose prizes are granted with the draw."""
    rows = dict(SessionDraw.objects.filter(batch_id=batch_id).values_list("idx", "outcome"))
    return [idx for idx, outcome in rows.items() if outcome == Outcome.DELIVERED] if rows else None


def _waiting(batch_id: int) -> "QuerySet[SessionDraw]":
    rows = SessionDraw.objects.filter(batch_id=batch_id, voided_at__isnull=True)
    return rows.filter(outcome__in=Outcome.undelivered())


def _won(batch: DrawBatch, indexes: Sequence[int]) -> list[tuple[int, Prize]]:
    prizes = terms.of_issue(batch.issue_id).prize_by_id
    rows = DrawLog.objects.filter(batch=batch, idx__in=indexes).order_by("idx").values_list("idx", "reward_id")
    return [(idx, prizes[reward_id]) for idx, reward_id in rows]


def _source_stands(member_id: int, amount_ref: str | None, *, now: datetime) -> bool:
    """Tell whether the order behind an amount is still paid for; nobody can decide its refund before we commit."""
    if amount_ref is None:
        return True
    return lifecycle.hold_paid(order_no=amounts.order_of(member_id, amount_ref), now=now)
