"""What a draw by a day's secret shows: the day with its commitment, the player's number, the member's nonce."""

from datetime import date
from typing import Any

from activities.models import DrawBatch, DrawSecret
from activities.services import commitments
from activities.services.proving.log import entry_of
from activities.services.proving.shape import NOTHING, PENDING, VERIFIABLE, status


def facts(day: date | None) -> dict[str, Any]:
    """Return what was published of a day; its secret only once it is public."""
    subject = commitments.day_subject(day) if day else ""
    entry = entry_of(subject)
    return {
        "day": day.isoformat() if day else None,
        "day_commitment": entry["commitment"] if entry else None,
        "day_log": entry,
        "day_secret": DrawSecret.objects.filter(subject=subject).values_list("revealed", flat=True).first(),
    }


def evidence(batch: DrawBatch, seq: int | None) -> dict[str, Any]:
    """Return what every draw of that day's secret shows."""
    shown = facts(batch.day)
    return {
        **NOTHING,
        **shown,
        "player": batch.player,
        "seq": seq,
        "nonce": batch.client_nonce,
        **status(PENDING if shown["day_secret"] is None else VERIFIABLE),
    }
