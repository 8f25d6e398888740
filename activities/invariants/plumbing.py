"""M7, X1, X2 and X5 of docs/guarantees.md, where they are about this app's tables."""

from collections.abc import Iterable

from django.utils import timezone

from activities.enums import BatchStatus, IssueStatus
from activities.events import DrawSettled
from activities.models import BoxTurn, DrawBatch, DrawCommitment, IssueCounter, LevelPass, LossApproval
from activities.services import approving, opening
from blindbox.common.invariants import Pace, Scope, also, everything
from blindbox.system import audit, digests, idempotency
from blindbox.system.selectors import untold
from blindbox.system.services.housekeeping import events_kept_since

digests.register(DrawCommitment, "seq subject commitment prev_hash entry_hash", moment="published_at")


@idempotency.register
def _passes_and_turns(refs: set[str]) -> set[str]:
    ids = [int(ref) for ref in refs if ref.isdecimal() and len(ref) < len(str(2**63))]
    kept = (model.objects.filter(pk__in=ids).values_list("pk", flat=True) for model in (LevelPass, BoxTurn))
    return {str(pk) for found in kept for pk in found}


@also(id="X2", pace=Pace.LATEST)
def settled_draws_are_told(rows: Scope = everything) -> Iterable[str]:
    since = events_kept_since(timezone.now())
    settled = rows(DrawBatch.objects.all()).filter(status__in=BatchStatus.drawn())
    for pk, _ in untold(DrawSettled, settled, key="batch:{}", moment="settled_at", since=since):
        yield f"批次 {pk}：已开奖，没有发出事件"


@also(id="X5")
def openings_are_logged() -> Iterable[str]:
    """Each opened issue and each loss budget has its row in the operation log, and the reverse."""
    opened = set(IssueCounter.objects.exclude(status=IssueStatus.DRAFT).values_list("pk", flat=True))
    logged = audit.logged_ids(opening.ISSUE, opening.OPENED)
    for pk in sorted(opened - logged):
        yield f"期次 {pk}：已开放，没有操作日志"
    for pk in sorted(logged - opened):
        yield f"期次 {pk}：操作日志记有开放，期次并未开放"
    budgets = {
        int(row.object_id): row.after.get("budget_fen") for row in audit.logged(opening.ISSUE, approving.APPROVED)
    }
    for approval in LossApproval.objects.order_by("pk"):
        if budgets.get(approval.issue_id) != approval.budget_fen:
            said = budgets.get(approval.issue_id, "无")
            yield f"期次 {approval.issue_id}：亏损预算 {approval.budget_fen} 分，操作日志记为 {said}"
