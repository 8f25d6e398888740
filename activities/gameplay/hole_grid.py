"""洞洞乐: a box shown as a grid of holes to poke."""

from activities.gameplay.base import register
from activities.gameplay.deck import DeckPlay


@register
class HoleGrid(DeckPlay):
    """A box whose numbers are holes; picking one is the usual way."""

    kind, label = "hole_grid", "洞洞乐"
