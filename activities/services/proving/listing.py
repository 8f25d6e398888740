"""A draw in the list of its issue's: plain values, since an issue may have a hundred thousand."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from activities.models import DrawLog


class Row(NamedTuple):
    """What the list needs of a draw and its batch."""

    pk: int
    batch_id: int
    idx: int
    sale_no: int | None
    ticket_no: int | None
    reward_id: int
    is_bonus: bool
    bonus_of: int | None
    roll: int | None
    detail: Mapping[str, Any] | None
    refunded: bool
    drawn_at: datetime
    first_seq: int | None = None
    player: str = ""
    refund_seq: int | None = None

    @classmethod
    def of(cls, log: DrawLog) -> "Row":
        """Return the values of one draw whose batch is at hand."""
        return cls(**{name: getattr(log.batch if name in _BATCHS else log, name) for name in cls._fields})


_BATCHS = ("first_seq", "player", "refund_seq")
COLUMNS = [f"batch__{name}" if name in _BATCHS else name for name in Row._fields]

# the fields that only some kinds of randomness have a value for
NOTHING: dict[str, Any] = dict.fromkeys(
    ["player", "seq", "roll", "guarantee_before", "guarantee_after", "substituted_for", "refund_seq"] + ["session_draw"]
)
