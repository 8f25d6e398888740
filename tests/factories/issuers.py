"""A small issuer of prizes: what it gives are points of the mall, so its books are a ledger like any other's."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.enums import PointKind, PointReason
from accounts.models import PointEntry
from accounts.services import points
from activities.enums import RewardKind
from activities.services.prizes import issuers
from activities.services.prizes.issuers import Gift, PrizeIssuer, Receipt
from blindbox.common.ledger import Posting


@dataclass
class MallIssuer(PrizeIssuer):
    """Gives the gift's amount, or one point for a coupon. `failing` is raised by whatever is asked, while it is set."""

    failing: Exception | None = None
    known_coupons: Sequence[int] = (7,)
    asked: list[str] = field(default_factory=list)

    def problem(self, gift: Gift) -> str | None:
        return "优惠券不存在" if gift.kind == RewardKind.COUPON and gift.coupon_id not in self.known_coupons else None

    def issue(self, gift: Gift, receipt: Receipt, *, now: datetime) -> None:
        self.asked.append(receipt.ref)
        self._post(receipt, PointReason.ORDER, gift.amount_fen or 1, now)

    def take_back(self, gift: Gift, receipt: Receipt, *, now: datetime) -> None:
        self._post(receipt, PointReason.REFUND, -(gift.amount_fen or 1), now)

    def issued(self, refs: Sequence[str]) -> set[str]:
        return set(PointEntry.objects.filter(reason=PointReason.ORDER, ref__in=refs).values_list("ref", flat=True))

    def _post(self, receipt: Receipt, reason: PointReason, delta: int, now: datetime) -> None:
        postings = [Posting(delta=delta, reason=reason, ref=receipt.ref)]
        points.post_here(member_id=receipt.member_id, postings=postings, now=now, kind=PointKind.MALL)
        if self.failing:
            raise self.failing  # after it wrote, so that a test sees that nothing of it stays


@contextmanager
def serving(*kinds: RewardKind) -> Iterator[MallIssuer]:
    """Register an issuer for these kinds for a while."""
    issuer = MallIssuer()
    before = dict(issuers._issuers)
    for kind in kinds:
        issuers.register(kind, issuer)
    try:
        yield issuer
    finally:
        issuers._issuers.clear()
        issuers._issuers.update(before)


def coupon_and_credit(*, total: int) -> list[dict[str, Any]]:
    """Return the rewards of a box: one coupon, one purse credit of ¥5, the rest points."""
    own = {"position": "ticket", "reference_value_fen": 500}
    return [
        {**own, "level": "A", "name": "九折券", "kind": "coupon", "coupon_id": 7, "quantity": 1, "sort": 1},
        {**own, "level": "B", "name": "5 元红包", "kind": "wallet", "amount_fen": 500, "quantity": 1, "sort": 2},
        {**own, "level": "C", "name": "积分", "kind": "points", "points": 1, "quantity": total - 2, "sort": 3},
    ]
