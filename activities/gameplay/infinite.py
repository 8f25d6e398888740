"""无限赏: every draw meets the same published odds."""

from activities.gameplay.base import register
from activities.gameplay.by_odds import ByOdds


@register
class Infinite(ByOdds):
    kind, label = "infinite", "无限赏"
