"""一番赏: the plain box of tickets."""

from activities.gameplay.base import register
from activities.gameplay.deck import DeckPlay


@register
class Ichiban(DeckPlay):
    """Members are dealt the next tickets, or pick their numbers where the operator says so."""

    kind, label = "ichiban", "一番赏"
