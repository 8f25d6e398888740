"""A weighted batch's place in its player's committed sequence, and the rolls found there (docs/fairness.md)."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F

from activities.gameplay import guarantee, limits
from activities.gameplay.base import DrawContext, Result, Terms
from activities.models import DrawPlayer
from activities.services.batches import Turn
from activities.services.limited import NOTHING_LIMITED, Shelf
from blindbox.common import fairness
from blindbox.common.business_day import business_day
from blindbox.common.retry import TryAgain, refusing_duplicates


def take(*, issue_id: int, member_id: int, count: int, paid_at: datetime) -> Turn:
    """Take the player's next numbers inside the caller's transaction; a refund never frees one."""
    mine = DrawPlayer.objects.filter(issue_id=issue_id, member_id=member_id)
    if not mine.update(next_seq=F("next_seq") + count):
        with refusing_duplicates(TryAgain):
            DrawPlayer.objects.create(issue_id=issue_id, member_id=member_id, next_seq=count)
    reached, misses, fair_ref = mine.values_list("next_seq", "misses", "member__fair_ref").get()
    return Turn(business_day(paid_at), reached - count, fairness.player_tag(issue_id, fair_ref), misses)


def remember(*, issue_id: int, member_id: int, misses: int) -> None:
    """Store how far the player's guarantee has come; the row is ours since the turn was taken."""
    DrawPlayer.objects.filter(issue_id=issue_id, member_id=member_id).update(misses=misses)


def context(
    secret: bytes, turn: Turn, promised: Terms, *, count: int, nonce: str, shelf: Shelf = NOTHING_LIMITED
) -> DrawContext:
    """Return what a batch by published odds may depend on: its rolls, and what it meets on the shelf."""
    if turn.day is None or turn.first_seq is None:
        raise ValueError("only a batch that took its turn can roll")
    inputs = (turn.day.isoformat(), promised.issue_id, turn.player)
    numbers = range(turn.first_seq, turn.first_seq + count)
    seconds = numbers if guarantee.of(promised.config) else ()
    return DrawContext(
        promised,
        count,
        positions=shelf.sale_numbers,
        rolls=[fairness.weighted_roll(secret, "roll", *inputs, seq, nonce) for seq in numbers],
        streams=[fairness.weighted_stream(secret, "guarantee", *inputs, seq, nonce) for seq in seconds],
        misses=turn.misses,
        facts={limits.LEFT: shelf.left},
    )


def misses_after(promised: Terms, results: Sequence[Result]) -> int | None:
    """Return how far a batch left the player's guarantee; None where nothing is guaranteed."""
    detail = results[-1].detail if guarantee.of(promised.config) else None
    return detail["guarantee_after"] if detail else None
