"""What the page of an issue that may lose money says: what was approved, what is used of it, and why it stopped."""

from dataclasses import dataclass

from activities.enums import IssueStatus
from activities.models import Issue
from activities.services import loss_watch
from blindbox.common.money import yuan
from blindbox.system import audit


@dataclass(frozen=True)
class LossCard:
    """An approved loss as the page shows it; `lost` is a profit's opposite and never less than nothing."""

    allowed: str
    lost: str
    percent: int
    stopped: str


def loss_card_of(issue: Issue | None) -> LossCard | None:
    """Return how an opened issue stands to its loss budget, None for whatever has none."""
    budget = loss_watch.budget_of(issue.pk) if issue and issue.terms else None
    if issue is None or budget is None:
        return None
    lost = max(0, budget.lost_fen)
    return LossCard(yuan(budget.allowed_fen), yuan(lost), 100 * lost // budget.allowed_fen, _why_it_stopped(issue))


def _why_it_stopped(issue: Issue) -> str:
    """Return the reason of an automatic stop, empty where there was none."""
    if issue.counter.status == IssueStatus.OPEN:
        return ""
    stops = audit.logged("Issue", "关闭期次").filter(object_id=str(issue.pk), operator_id__isnull=True)
    return stops.values_list("reason", flat=True).last() or ""
