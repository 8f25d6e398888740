"""福袋: a box whose tickets are bags, each with several products worth its price together."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from activities.gameplay.base import Prize, Problem, register
from activities.gameplay.deck import TICKET, DeckPlay, named


@register
class LuckyBag(DeckPlay):
    """Whichever bag it is, it is worth what was paid."""

    kind, label = "lucky_bag", "福袋"
    reward_columns: ClassVar[Sequence[str]] = ("bundle", *DeckPlay.reward_columns)

    def problems(self, prizes: Sequence[Prize], config: Mapping[str, Any]) -> list[Problem]:
        loose = [p for p in prizes if p.position == TICKET and not p.bundle]
        return super().problems(prizes, config) + [Problem(f"{named(p)}是一个福袋，要填组合内容") for p in loose]

    def worth_problems(self, prizes: Sequence[Prize], *, price_fen: int) -> list[Problem]:
        bags = [p for p in prizes if p.position == TICKET and p.reference_value_fen < price_fen]
        return [
            Problem(f"{named(p)}的参考价 {p.reference_value_fen / 100:.2f} 元低于价格 {price_fen / 100:.2f} 元")
            for p in bags
        ]
