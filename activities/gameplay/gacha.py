"""扭蛋: a machine of capsules; nobody sees them, so nobody picks one."""

from activities.gameplay.base import register
from activities.gameplay.deck import DeckPlay


@register
class Gacha(DeckPlay):
    """A box whose tickets come as the machine gives them."""

    kind, label = "gacha", "扭蛋"
    may_pick = False
