"""The public log and the secrets of days."""

from collections.abc import Generator, Iterator
from datetime import date, datetime

from activities.models import DrawCommitment, DrawSecret, Issue
from activities.services import commitments
from blindbox.common import fairness
from blindbox.common.business_day import day_bounds


def chain() -> Iterator[str]:
    """Yield the entries that do not follow from the one before."""
    seq, prev_hash = 0, fairness.GENESIS_HASH
    for entry in DrawCommitment.objects.order_by("seq").iterator():
        at = fairness.log_time(entry.published_at)
        if entry.seq != seq + 1:
            yield f"承诺日志：第 {seq} 条之后是第 {entry.seq} 条"
        if entry.prev_hash != prev_hash:
            yield f"承诺日志第 {entry.seq} 条：没有锁住前一条"
        if entry.entry_hash != fairness.entry_hash(entry.seq, entry.subject, entry.commitment, at, entry.prev_hash):
            yield f"承诺日志第 {entry.seq} 条：内容与散列不符"
        seq, prev_hash = entry.seq, entry.entry_hash


def days() -> Iterator[str]:
    """Yield the days whose secret is not the committed one."""
    entries = DrawCommitment.objects.filter(subject__startswith="day:")
    logged = dict(entries.values_list("subject", "commitment"))
    yield from _late(dict(entries.values_list("subject", "published_at")))
    for row in DrawSecret.objects.filter(subject__startswith="day:").order_by("subject"):
        day = row.subject.removeprefix("day:")
        secret = yield from unsealed(row.subject)
        if secret is not None and fairness.day_commitment(day, secret) != logged.pop(row.subject, None):
            yield f"{day}：密钥与公开日志里的承诺不符"
    for subject in logged:
        if not DrawSecret.objects.filter(subject=subject).exists():
            yield f"{subject.removeprefix('day:')}：日志里有承诺，没有密钥"


def _late(published: dict[str, datetime]) -> Iterator[str]:
    """Yield the days that were committed after they began, but for the first: a shop opens in the middle of one."""
    for subject, at in sorted(published.items())[1:]:
        if at >= day_bounds(date.fromisoformat(subject.removeprefix("day:")))[0]:
            yield f"{subject.removeprefix('day:')}：承诺在当日开始之后才公布"


def orphans() -> Iterator[str]:
    """Yield what the log promises of issues that are gone: an opened issue is never deleted."""
    subjects = DrawCommitment.objects.filter(subject__startswith="issue:").values_list("subject", flat=True)
    promised = {int(subject.removeprefix("issue:")) for subject in subjects}
    for issue_id in sorted(promised - set(Issue.objects.filter(pk__in=promised).values_list("pk", flat=True))):
        yield f"期次 {issue_id}：日志里有承诺，期次已不存在"


def unsealed(subject: str) -> Generator[str, None, bytes | None]:
    """Yield what is wrong with a secret and return it, or None where it cannot be read."""
    row = DrawSecret.objects.filter(subject=subject).first()
    if row is None:
        yield f"{subject}：没有密钥"
        return None
    try:
        secret = commitments.secret_of(subject)
    except commitments.UNREADABLE:
        yield f"{subject}：密钥不能解封"
        return None
    if row.revealed is not None and row.revealed != secret.hex():
        yield f"{subject}：公布的密钥与封存的不符"
    return secret


def day_secret(day: date) -> bytes | None:
    """Return a day's secret for the draws of that day; what is wrong with it, `days` tells."""
    try:
        return commitments.secret_of(commitments.day_subject(day))
    except (*commitments.UNREADABLE, DrawSecret.DoesNotExist):
        return None
