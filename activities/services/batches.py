"""What was bought, as the kernel passes it around before and while it is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from activities.gameplay.base import Terms
from activities.models import DrawBatch


@dataclass(frozen=True)
class Earlier:
    """How often a member drew before, in the activity and in the occurrence of its session."""

    activity: int = 0
    session: int = 0


@dataclass(frozen=True)
class Turn:
    """
    What a batch's rolls depend on besides the day's secret and the nonce. A batch from a box has an empty one; one of
    the generic tool also knows its occurrence.
    """

    day: date | None = None
    first_seq: int | None = None
    player: str = ""
    misses: int = 0  # draws of the player since the last that met the guarantee
    occurrence: date | None = None

    @property
    def columns(self) -> dict[str, Any]:
        """What the batch's row keeps of it."""
        return {"day": self.day, "first_seq": self.first_seq, "player": self.player}


NO_TURN = Turn()


@dataclass(frozen=True)
class Batch:
    """What is to be drawn, and for whom."""

    id: int
    member_id: int
    terms: Terms
    count: int
    nonce: str
    held: bool
    turn: Turn = NO_TURN
    choice: str = ""
    ticket_nos: Sequence[int] = ()  # as they were picked; empty where none are, and where all that is left is bought
    buy_out: bool = False
    passed: str = ""
    amount_ref: str = ""


@dataclass(frozen=True)
class Ask:
    """What a purchase asks of the counter before it can be drawn, and gives back if it is not paid."""

    batch_id: int
    member_id: int
    terms: Terms
    count: int
    ticket_nos: Sequence[int] = ()
    buy_out: bool = False


def asked_by(row: DrawBatch, promised: Terms) -> Ask:
    """Return what a stored batch asked for."""
    return Ask(row.pk, row.member_id, promised, row.count, tuple(row.ticket_nos or ()))
