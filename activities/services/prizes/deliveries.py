"""
Prizes on their way to a member by an issuer: written with the draw, handed out by the outbox, each once.

A failure is written down beside the prize, and the outbox tries again with growing pauses until a person must look.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from activities.enums import DeliveryStatus, RewardKind
from activities.events import PrizeDue
from activities.models import PrizeDelivery
from activities.services.prizes import issuers
from activities.services.prizes.issuers import Gift, Receipt
from blindbox.common import sql
from blindbox.common.errors import Conflict, NeedsPerson, NotFound, Unavailable
from blindbox.common.retry import in_transaction, is_database_unavailable
from blindbox.system import audit, outbox

_COLUMNS = (
    "source source_id source_part member kind title coupon_id amount_fen status failures last_error "
    "created_at updated_at"
)


class DeliveryNotFound(NotFound):
    message = "没有这条发放记录"


class DeliveryUnderWay(Conflict):
    code, message = "prize.delivery_under_way", "这件奖品正在自动发放，不需要人工处理"


class DeliveryEnded(Conflict):
    code, message = "prize.delivery_ended", "这件奖品已经{status}"


@dataclass(frozen=True)
class Origin:
    """Where a prize came from: the unique key of its delivery."""

    source: str
    source_id: int
    part: int

    @property
    def ref(self) -> str:
        """The name under which outbox and issuer know it."""
        return f"{self.source}:{self.source_id}:{self.part}"


def send(*, member_id: int, gifts: Sequence[tuple[Origin, Gift]], now: datetime) -> None:
    """
    Promise gifts inside the caller's transaction; the outbox hands them out after it. Two statements for any number.

    :raises IntegrityError: if one of these was promised before
    """
    rows = (
        (o.source, o.source_id, o.part, member_id, g.kind, g.title, g.coupon_id, g.amount_fen)
        + (DeliveryStatus.PENDING, 0, "", now, now)
        for o, g in gifts
    )
    sql.insert(PrizeDelivery, _COLUMNS, rows)
    outbox.publish_all([_due(origin) for origin, _ in gifts], now=now)


def _due(origin: Origin) -> PrizeDue:
    return PrizeDue(key=origin.ref, source=origin.source, source_id=origin.source_id, source_part=origin.part)


def _row(origin: Origin) -> PrizeDelivery:
    return PrizeDelivery.objects.get(source=origin.source, source_id=origin.source_id, source_part=origin.part)


def _gift(row: PrizeDelivery) -> Gift:
    return Gift(RewardKind(row.kind), row.title, row.coupon_id, row.amount_fen)


def hand_out(origin: Origin, *, now: datetime) -> None:
    """
    Give a promised prize; one that arrived or was taken back stays as it is.

    Runs with no transaction open, since a failure is written down although the prize's own transaction is undone.

    :raises Exception: whatever the issuer raises, so that the outbox tries again
    """
    try:
        give(origin, now=now)
    except Exception as error:
        if not isinstance(error, Unavailable) and not is_database_unavailable(error):
            _note_failure(origin, error, now=now)
        raise


@in_transaction
def give(origin: Origin, *, now: datetime) -> None:
    """
    Give a promised prize once, inside the caller's transaction where one is open.

    :raises Exception: whatever the issuer raises
    """
    row = _row(origin)
    waiting = PrizeDelivery.objects.filter(pk=row.pk, status__in=DeliveryStatus.waiting())
    if waiting.update(status=DeliveryStatus.DELIVERED, last_error="", delivered_at=now, updated_at=now):
        issuers.of(row.kind).issue(_gift(row), Receipt(row.member_id, origin.ref), now=now)


@in_transaction
def _note_failure(origin: Origin, error: Exception, *, now: datetime) -> None:
    failures = outbox.MOST_FAILURES if isinstance(error, NeedsPerson) else F("failures") + 1
    waiting = PrizeDelivery.objects.filter(pk=_row(origin).pk, status__in=DeliveryStatus.waiting())
    text = f"{type(error).__name__}: {error}"[:200]
    waiting.update(status=DeliveryStatus.FAILED, failures=failures, last_error=text, updated_at=now)


@in_transaction
def revoke(origin: Origin, *, now: datetime) -> None:
    """
    Take a prize back: one on its way never arrives, one that arrived goes back to its issuer.

    :raises Conflict: if it was used or spent
    """
    row = _row(origin)
    mine = PrizeDelivery.objects.filter(pk=row.pk)
    gone = {"status": DeliveryStatus.REVOKED, "updated_at": now}
    if mine.filter(status__in=DeliveryStatus.waiting()).update(**gone):
        return
    if mine.filter(status=DeliveryStatus.DELIVERED).update(**gone):
        issuers.of(row.kind).take_back(_gift(row), Receipt(row.member_id, origin.ref), now=now)


@in_transaction
def retry(*, delivery_id: int, actor: audit.Actor, now: datetime, reason: str = "") -> None:
    """
    Put a prize that was given up back in line.

    :raises DeliveryNotFound: if there is none
    :raises DeliveryEnded: if it arrived or was taken back
    :raises DeliveryUnderWay: if the outbox is still trying
    """
    row = PrizeDelivery.objects.filter(pk=delivery_id).first()
    if row is None:
        raise DeliveryNotFound
    if row.status not in DeliveryStatus.waiting():
        raise DeliveryEnded(status=row.get_status_display().removeprefix("已"))
    key = Origin(row.source, row.source_id, row.source_part).ref
    if not outbox.revive_event(topic=PrizeDue.topic, key=key, now=now):
        raise DeliveryUnderWay
    PrizeDelivery.objects.filter(pk=row.pk).update(failures=0, updated_at=now)
    audit.record(audit.Change("重新发放奖品", "PrizeDelivery", row.pk, str(row), reason=reason), actor=actor, now=now)
