"""Nothing: only where the attempt cost no cash, since a paid draw always yields something."""

from datetime import datetime

from activities.enums import RewardKind
from activities.gameplay.base import Prize
from activities.services.prizes.base import PrizeKind, Winner, Won


class Nothing(PrizeKind):
    kind = RewardKind.NONE

    def grant(self, winner: Winner, won: Won, *, now: datetime) -> dict[int, int]:
        return {}

    def take_back(self, winner: Winner, won: Won, *, now: datetime) -> None:
        """There is nothing to take."""

    def problems(self, prize: Prize, *, price_fen: int | None) -> list[str]:
        if price_fen is None:
            return []
        return [f"「{prize.level} {prize.name}」未中奖只能用于免费或积分抽奖，本活动有现金价格"]
