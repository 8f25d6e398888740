"""What an issue promised: its terms, its commitment, its counter; then its draws."""

from collections.abc import Callable, Iterator

from activities import selectors
from activities.gameplay.base import Terms
from activities.models import Issue
from activities.services import commitments, terms
from activities.services.verifying import deck, pairs, s3, weighted
from blindbox.common import fairness

_DRAWS: dict[str, Callable[[Issue, Terms], Iterator[str]]] = {
    "deck": deck.check,
    "pairs": pairs.check,
    "weighted": weighted.check,
    "s3": s3.check,
}


def check(issue: Issue) -> Iterator[str]:
    """Yield what of an opened issue does not follow from its commitment."""
    label, subject = f"期次 {issue.pk}", commitments.issue_subject(issue.pk)
    entry = selectors.commitment_of(subject)
    if entry is None or entry.commitment != issue.commitment:
        yield f"{label}：承诺与公开日志不符"
    if fairness.terms_hash(issue.terms) != issue.terms_hash:
        yield f"{label}：条款与散列不符"
        return
    promised = _read(issue)
    if promised is None:
        yield f"{label}：条款不能读取或属于别的期次"
        return
    if (issue.counter.total, issue.counter.endgame) != (promised.total, promised.endgame):
        yield f"{label}：总抽数或尾盘保护与条款不符"
    if not issue.root and issue.commitment != issue.terms_hash:
        yield f"{label}：条款与承诺不符"
    yield from _DRAWS[promised.allocator](issue, promised)


def _read(issue: Issue) -> Terms | None:
    try:
        promised = terms.promised_by(issue)
    except (ValueError, KeyError, TypeError):
        return None
    return promised if promised.issue_id == issue.pk and promised.allocator in _DRAWS else None
