"""A roll: the day, the number and the nonce that lead to it, the table that it met, and what became of it."""

from typing import Any

from activities.gameplay import guarantee
from activities.gameplay.base import Terms
from activities.models import DrawLog
from activities.services.proving import days
from activities.services.proving.listing import NOTHING, Row

_RECORDED = ("guarantee_before", "guarantee_after", "guarantee_roll", "substituted_for")


def evidence(log: DrawLog, promised: Terms) -> dict[str, Any]:
    """Return the inputs of a roll, the published tables, and what guarantee and shelf made of it."""
    shown = days.evidence(log.batch, (log.batch.first_seq or 0) + log.idx)
    rule, detail = guarantee.of(promised.config), log.detail or {}
    return {
        **shown,
        "table": [[prize.id, prize.odds_ppm] for prize in promised.prizes],
        "roll": log.roll,
        "purpose": "guarantee" if "guarantee_roll" in detail else "roll",
        "guarantee_table": [list(line) for line in rule.table(promised.prizes)] if rule else None,
        **{name: detail.get(name) for name in _RECORDED},
    }


def listed(row: Row) -> dict[str, Any]:
    """Return a draw's place among its player's, and what the next draw of the player depends on."""
    detail = row.detail or {}
    return {
        **NOTHING,
        "player": row.player,
        "seq": (row.first_seq or 0) + row.idx,
        "roll": row.roll,
        "guarantee_before": detail.get("guarantee_before"),
        "guarantee_after": detail.get("guarantee_after"),
        "substituted_for": detail.get("substituted_for"),
        "refund_seq": row.refund_seq,
    }
