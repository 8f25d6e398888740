"""A box's numbers as plain values."""

from typing import Any

from activities.gameplay.base import Prize
from activities.models import IssueCounter
from activities.services.grids import Number


def numbers_body(numbers: list[Number]) -> list[dict[str, Any]]:
    return [_number_body(number) for number in numbers]


def counts_body(counter: IssueCounter) -> dict[str, Any]:
    return {"sold": counter.sold, "reserved": counter.reserved, "remaining": counter.remaining}


def _number_body(number: Number) -> dict[str, Any]:
    return {
        "ticket_no": number.ticket_no,
        "state": number.state,
        "state_label": number.state.label,
        "reward": number.prize and _reward(number.prize),
        "is_mine": number.is_mine,
    }


def _reward(prize: Prize) -> dict[str, Any]:
    return {"id": prize.id, "level": prize.level, "name": prize.name, "image_url": prize.image_url}
