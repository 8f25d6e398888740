"""Endless issues that may lose money stop where their budget ends; a box's loss is bounded by its size."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from activities import selectors
from activities.enums import IssueStatus
from activities.models import LossApproval
from activities.services import closing, reporting
from blindbox.common.money import yuan

logger = logging.getLogger(__name__)

EVERY = timedelta(seconds=10)  # how long draws may go on beyond the end of a budget


@dataclass(frozen=True)
class Budget:
    """What an issue may lose and has lost so far, in fen; less than nothing where it earned."""

    allowed_fen: int
    lost_fen: int

    @property
    def is_used_up(self) -> bool:
        return self.lost_fen >= self.allowed_fen


def budget_of(issue_id: int) -> Budget | None:
    """Return how an opened issue stands to the loss that was approved for it, None where none was."""
    approval = selectors.loss_approval(issue_id)
    return None if approval is None else _budget(approval)


def _budget(approval: LossApproval) -> Budget:
    return Budget(approval.budget_fen, -reporting.profit_of(approval.issue_id))


def stop_overdrawn(*, now: datetime) -> None:
    """Close every endless issue whose realised loss has reached what was approved."""
    running = LossApproval.objects.filter(issue__counter__status=IssueStatus.OPEN, issue__counter__total__isnull=True)
    for approval in list(running.order_by("pk")):
        try:
            _stop_if_overdrawn(approval, now=now)
        except Exception:  # whatever is wrong with one keeps no other on sale
            logger.exception("Issue %s: its loss cannot be held to its budget", approval.issue_id)


def _stop_if_overdrawn(approval: LossApproval, *, now: datetime) -> None:
    budget = _budget(approval)
    if budget.is_used_up:
        reason = f"累计亏损 {yuan(budget.lost_fen)}，达到预算 {yuan(budget.allowed_fen)}"
        closing.close_at_loss(issue_id=approval.issue_id, reason=reason, now=now)
