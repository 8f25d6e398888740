"""Lines of the public log as they were hashed."""

from typing import Any

from activities import selectors
from activities.models import DrawCommitment
from blindbox.common import fairness


def entry_of(subject: str) -> dict[str, Any] | None:
    """Return the line that committed to a subject, if there is one."""
    entry = selectors.commitment_of(subject)
    return None if entry is None else entry_body(entry)


def entry_body(entry: DrawCommitment) -> dict[str, Any]:
    """Return a line of the public log, its time as it was hashed."""
    return {
        "seq": entry.seq,
        "subject": entry.subject,
        "commitment": entry.commitment,
        "published_at": fairness.log_time(entry.published_at),
        "prev_hash": entry.prev_hash,
        "entry_hash": entry.entry_hash,
    }
