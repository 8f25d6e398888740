"""Coupons and purse credit: promised with the draw, handed out after the commit by whoever registered for the kind."""

from datetime import datetime

from activities.enums import RewardKind
from activities.gameplay.base import Prize
from activities.services.prizes import deliveries, issuers
from activities.services.prizes.base import SOURCE, PrizeKind, Winner, Won
from activities.services.prizes.deliveries import Origin
from activities.services.prizes.issuers import Gift


class Issued(PrizeKind):
    """A kind that an issuer hands out."""

    def __init__(self, kind: RewardKind) -> None:
        self.kind = kind

    def grant(self, winner: Winner, won: Won, *, now: datetime) -> dict[int, int]:
        gifts = [(_origin(winner, index), _gift(prize)) for index, prize in won]
        deliveries.send(member_id=winner.member_id, gifts=gifts, now=now)
        return {}

    def take_back(self, winner: Winner, won: Won, *, now: datetime) -> None:
        for index, _ in won:
            deliveries.revoke(_origin(winner, index), now=now)

    def problems(self, prize: Prize, *, price_fen: int | None) -> list[str]:
        found = issuers.problem_of(_gift(prize))
        return [f"「{prize.level} {prize.name}」不能作为奖品：{found}"] if found else []


def _origin(winner: Winner, index: int) -> Origin:
    return Origin(SOURCE, winner.batch_id, index)


def _gift(prize: Prize) -> Gift:
    return Gift(RewardKind(prize.kind), prize.name, prize.coupon_id, prize.amount_fen)
