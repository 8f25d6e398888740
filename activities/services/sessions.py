"""The streams that shuffle a batch's sessions, one for each of the player's next numbers (docs/fairness.md)."""

from dataclasses import dataclass

from activities.gameplay import limits
from activities.gameplay.base import DrawContext, Terms
from activities.services.batches import Turn
from activities.services.limited import Shelf
from blindbox.common import fairness


@dataclass(frozen=True)
class Played:
    """What a batch of sessions depends on besides the day's secret and what was left of limited prizes."""

    terms: Terms
    turn: Turn
    count: int
    nonce: str
    choice: str


def context(secret: bytes, played: Played, shelf: Shelf) -> DrawContext:
    """Return what the sessions of a batch may depend on."""
    turn, terms = played.turn, played.terms
    if turn.day is None or turn.first_seq is None:
        raise ValueError("only a batch that took its turn can be dealt")
    numbers = range(turn.first_seq, turn.first_seq + played.count)
    inputs = (turn.day.isoformat(), terms.issue_id, turn.player)
    return DrawContext(
        terms,
        played.count,
        positions=shelf.sale_numbers,
        streams=[fairness.pairs_stream(secret, *inputs, seq, played.nonce) for seq in numbers],
        choice=played.choice,
        facts={limits.LEFT: shelf.left},
    )
