"""A session: the day, the number, the nonce and the choice that lead to its deck, and how it was played and settled."""

from typing import Any

from activities.gameplay.base import Terms
from activities.models import DrawLog
from activities.services.proving import days
from activities.services.proving.listing import NOTHING, Row


def evidence(log: DrawLog, promised: Terms) -> dict[str, Any]:
    """Return the inputs of a session and its whole course; a further card names its place among the session's cards."""
    own = log if log.bonus_of is None else DrawLog.objects.get(batch_id=log.batch_id, idx=log.bonus_of)
    return {
        **days.evidence(log.batch, (log.batch.first_seq or 0) + own.idx),
        "choice": log.batch.choice or None,
        "table": [[prize.id, prize.odds_ppm] for prize in promised.prizes],
        "play": own.detail,
        "substituted_for": (own.detail or {}).get("substituted_for"),
        "card": None if log.detail is None else log.detail.get("card"),
    }


def listed(row: Row) -> dict[str, Any]:
    """Return a session's place among its player's, and what had run out; a further card is of its session's place."""
    own = row.idx if row.bonus_of is None else row.bonus_of
    replaced = (row.detail or {}).get("substituted_for")
    return {**NOTHING, "player": row.player, "seq": (row.first_seq or 0) + own, "substituted_for": replaced}
