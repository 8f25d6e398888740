"""Only a ticket that was drawn is opened; its path hides every other one."""

from typing import Any

from activities import selectors
from activities.enums import Position
from activities.gameplay.base import Terms
from activities.models import DrawLog
from activities.services import boxes
from activities.services.proving.shape import NOTHING, POSITION_PENDING, VERIFIABLE, status

_HIDDEN = {Position.FIRST, Position.GLOBAL}  # where these come, only the secret says


def evidence(log: DrawLog, promised: Terms) -> dict[str, Any]:
    """Return the salt and the Merkle path of a drawn ticket."""
    box, position = boxes.of_issue(log.issue_id), log.ticket_no or 0
    path = [list(step) for step in boxes.tree_of(log.issue_id).path(position)]
    word = POSITION_PENDING if _waits_for_secret(log, promised) else VERIFIABLE
    return {**NOTHING, "salt": box.salt(position), "path": path, **status(word)}


def _waits_for_secret(log: DrawLog, promised: Terms) -> bool:
    """Tell whether that this prize came here, and nowhere else, cannot be checked yet."""
    hidden = log.is_bonus and promised.prize_by_id[log.reward_id].position in _HIDDEN
    return hidden and log.issue_id not in selectors.revealed_secrets([log.issue_id])
