"""D6 of docs/guarantees.md: what a member was promised after so many draws."""

from collections.abc import Iterable, Sequence

from activities.enums import IssueStatus
from activities.gameplay import guarantee
from activities.gameplay.guarantee import Drawn, Guarantee
from activities.models import DrawPlayer, Issue
from activities.services import terms
from activities.services.verifying.histories import Players
from blindbox.common.invariants import invariant


@invariant(id="D6", title="保底从不落空，计数等于上次命中之后未退款的抽数")
def guarantees_are_kept() -> Iterable[str]:
    for issue in Issue.objects.exclude(counter__status=IssueStatus.DRAFT).order_by("pk"):
        promised = terms.promised_by(issue)
        if guarantee.of(promised.config) is not None:
            yield from _of_issue(issue, Players(issue, promised))


def _of_issue(issue: Issue, players: Players) -> Iterable[str]:
    counted = dict(DrawPlayer.objects.filter(issue=issue).values_list("member_id", "misses"))
    for member_id in sorted(counted.keys() | players.drawn.keys()):
        label = f"期次 {issue.pk} 用户 {member_id}"
        due = players.misses_of(member_id, _after_all(players.drawn[member_id]))
        if counted.get(member_id) != due:
            yield f"{label}：保底计数 {counted.get(member_id)}，应为 {due}"
        if players.rule is not None:
            yield from _owed(label, players.rule, players.drawn[member_id])


def _after_all(history: Sequence[Drawn]) -> int:
    """Return a number past every draw, and past every refund."""
    return max((max(batch.first_seq + 1, batch.refund_seq or 0) for batch in history), default=0)


def _owed(label: str, rule: Guarantee, history: Sequence[Drawn]) -> Iterable[str]:
    """Yield the draws that the guarantee was due at and that missed it, counted from the prizes alone."""
    for batch in history:
        misses = guarantee.misses_at(rule, batch.first_seq, history)
        for place, prize in enumerate(batch.prizes):
            if rule.is_due(misses) and not rule.meets(prize):
                yield f"{label}：第 {batch.first_seq + place} 号抽取已到保底，却没有给出保底赏"
            misses = rule.after(misses, prize)
