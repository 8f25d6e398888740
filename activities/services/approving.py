"""Letting an issue lose money knowingly, up to a budget."""

from datetime import datetime

from activities.models import Issue, LossApproval
from activities.services import drafting
from blindbox.common.errors import Invalid
from blindbox.common.retry import TryAgain, in_transaction, refusing_duplicates
from blindbox.system import audit

APPROVED = "批准亏损预算"


@in_transaction
def approve_loss(*, issue_id: int, budget_fen: int, reason: str, actor: audit.Actor, now: datetime) -> LossApproval:
    """
    Approve a loss budget for a draft; a later approval replaces it.

    :raises IssueNotFound, TermsFrozen: as `drafting.take_draft` does
    :raises Invalid: if the budget is not positive
    """
    if budget_fen < 1:
        raise Invalid.field("budget_fen", "亏损预算必须大于 0")
    drafting.take_draft(issue_id)
    given = {"budget_fen": budget_fen, "reason": reason, "approved_by_id": actor.id, "approved_at": now}
    if not LossApproval.objects.filter(issue_id=issue_id).update(**given):
        with refusing_duplicates(TryAgain):
            LossApproval.objects.create(issue_id=issue_id, **given)
    title = str(Issue.objects.select_related("activity").get(pk=issue_id))
    change = audit.Change(APPROVED, "Issue", issue_id, title, after={"budget_fen": budget_fen}, reason=reason)
    audit.record(change, actor=actor, now=now)
    return LossApproval.objects.get(issue_id=issue_id)
