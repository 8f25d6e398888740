"""Points: posted to the member's general account at once."""

import re
from datetime import datetime

from accounts.enums import PointReason
from accounts.services import points
from activities.enums import RewardKind
from activities.gameplay.base import Prize
from activities.services.prizes.base import PrizeKind, Winner, Won
from blindbox.common.ledger import Posting

AMOUNT = re.compile(r"\s*(\d+)\s*积分\s*")


def named(points: int) -> str:
    """Return what an amount of points is called that was given no name."""
    return f"{points} 积分"


class Credits(PrizeKind):
    kind = RewardKind.POINTS
    touches_account = True

    def grant(self, winner: Winner, won: Won, *, now: datetime) -> dict[int, int]:
        points.post_here(
            member_id=winner.member_id, postings=_postings(winner, won, PointReason.DRAW_PRIZE, 1), now=now
        )
        return {}

    def take_back(self, winner: Winner, won: Won, *, now: datetime) -> None:
        """What was spent meanwhile is owed: a refund that staff decided does not fail for it."""
        points.claw_back(member_id=winner.member_id, postings=_postings(winner, won, PointReason.REFUND, -1), now=now)

    def problems(self, prize: Prize, *, price_fen: int | None) -> list[str]:
        """A name that is an amount is a promise too."""
        said = AMOUNT.fullmatch(prize.name)
        if said is None or int(said[1]) == prize.points:
            return []
        return [f"「{prize.level} {prize.name}」实际是 {prize.points} 积分：请改名称或积分数，使两者一致"]


def _postings(winner: Winner, won: Won, reason: PointReason, sign: int) -> list[Posting]:
    return [
        Posting(delta=sign * (prize.points or 0), reason=reason, ref=f"{winner.batch_id}:{index}")
        for index, prize in won
    ]
