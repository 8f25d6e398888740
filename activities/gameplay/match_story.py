"""A session of 对对碰 in words, for whoever looks after its members."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from activities.gameplay.match_config import Setup

_WORDS: dict[str, Callable[[Mapping[int, str], Any], str]] = {
    "deal": lambda names, cards: "发牌：" + "、".join(names.get(card, str(card)) for card in cards),
    "different": lambda _names, _all: "开局没有两张相同",
    "lucky": lambda names, card: f"翻到幸运牌：{names.get(card, str(card))}",
    "pair": lambda names, card: f"消去一对：{names.get(card, str(card))}",
}


def of(setup: Setup, played: Mapping[str, Any]) -> Sequence[str]:
    """Return a line for each event of a session's record, and how many pairs there were."""
    names = {card.type: card.name for card in setup.cards}
    steps = [_WORDS[word](names, said) for event in played["events"] for word, said in event.items() if word in _WORDS]
    return [*steps, f"共 {played['pairs']} 对"]
