"""The one writer of what scheduled checks found."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from blindbox.common.invariants import Invariant
from blindbox.common.retry import TryAgain, in_transaction, refusing_duplicates
from blindbox.system.models import Finding

LONGEST_LINE = 500


@in_transaction
def record(invariant: Invariant, found: Sequence[str], *, complete: bool, now: datetime) -> list[str]:
    """
    Note what is violated now and return what was not known before.

    `complete` says that the check looked at everything: what it did not find again is solved.
    """
    lines = {_digest(line): line for line in (each[:LONGEST_LINE] for each in found)}
    mine = Finding.objects.filter(invariant=invariant.id)
    if complete:
        mine.unsolved().exclude(digest__in=lines).update(solved_at=now)
    known = set(mine.unsolved().filter(digest__in=lines).values_list("digest", flat=True))
    mine.filter(digest__in=known).update(last_seen_at=now)
    fresh = [digest for digest in lines if digest not in known]
    for digest in fresh:
        _open(invariant, digest, lines[digest], now)
    return [lines[digest] for digest in fresh]


def missed(invariant: Invariant, found: Sequence[str], *, since: datetime) -> bool:
    """Tell whether something that turned up since then is not among what was found now."""
    turned_up = Finding.objects.unsolved().filter(invariant=invariant.id, first_seen_at__gte=since)
    return turned_up.exclude(digest__in=[_digest(line[:LONGEST_LINE]) for line in found]).exists()


def _open(invariant: Invariant, digest: str, line: str, now: datetime) -> None:
    """Note a violation, or that a solved one is back."""
    solved = Finding.objects.filter(invariant=invariant.id, digest=digest)
    if solved.update(solved_at=None, first_seen_at=now, last_seen_at=now):
        return
    with refusing_duplicates(TryAgain):  # another check found it at the same moment
        Finding.objects.create(
            invariant=invariant.id,
            title=invariant.title,
            what=line,
            digest=digest,
            first_seen_at=now,
            last_seen_at=now,
        )


def _digest(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()
