"""Paying what settled seasons owe: points at once, other kinds through their issuer; each award in its own unit."""

import logging
from datetime import datetime

from django.db.models import F

from accounts.enums import PointReason
from accounts.services import points
from activities.boss import selectors
from activities.enums import RewardKind
from activities.models import BossAward
from activities.services.prizes import deliveries
from activities.services.prizes.deliveries import Origin
from activities.services.prizes.issuers import Gift
from blindbox.common.ledger import Posting
from blindbox.common.retry import in_transaction

logger = logging.getLogger(__name__)

SOURCE = "boss"
AT_ONCE = 500


def ref_of(award_id: int) -> str:
    """Return the ledger's reference of an award."""
    return f"{SOURCE}:{award_id}"


def pay_due(*, now: datetime, limit: int = AT_ONCE) -> int:
    """Pay up to `limit` awards and return how many; those that cannot be paid keep no others waiting."""
    unpaid = BossAward.objects.filter(paid_at__isnull=True)
    longest_ago = unpaid.order_by(F("failed_at").asc(nulls_first=True), "pk").values_list("pk", flat=True)
    return sum(_paid(award_id, now) for award_id in list(longest_ago[:limit]))


def _paid(award_id: int, now: datetime) -> bool:
    try:
        return pay(award_id=award_id, now=now)
    except Exception:  # the award stays unpaid, and a later run tries it again
        logger.exception("Boss award %s cannot be paid", award_id)
        _send_to_the_end(award_id, now=now)
        return False


@in_transaction
def _send_to_the_end(award_id: int, *, now: datetime) -> None:
    """Let the next run begin with the others: as many as one run tries may be broken."""
    BossAward.objects.filter(pk=award_id, paid_at__isnull=True).update(failed_at=now)


@in_transaction
def pay_points_of(*, season_id: int, member_id: int, now: datetime) -> None:
    """Pay the points that a season still owes a member."""
    open_ones = selectors.awards_of(season_id, member_id).filter(kind=RewardKind.POINTS, paid_at__isnull=True)
    for award_id in list(open_ones.values_list("pk", flat=True)):
        pay(award_id=award_id, now=now)


@in_transaction
def pay(*, award_id: int, now: datetime) -> bool:
    """Pay one award, once. Return whether it was open."""
    award = BossAward.objects.get(pk=award_id)
    points.hold_account(member_id=award.member_id, now=now)
    if not BossAward.objects.filter(pk=award_id, paid_at__isnull=True).update(paid_at=now):
        return False
    if award.kind == RewardKind.POINTS:
        note = f"{award.season.name} {award.get_award_display()}"
        posting = Posting(award.points or 0, PointReason.BOSS_PRIZE, ref_of(award_id), note=note)
        points.post_here(member_id=award.member_id, postings=[posting], now=now)
    else:
        gift = Gift(RewardKind(award.kind), award.title, award.coupon_id, award.amount_fen)
        deliveries.send(member_id=award.member_id, gifts=[(Origin(SOURCE, award_id, 0), gift)], now=now)
    return True
