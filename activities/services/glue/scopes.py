"""
The version of an occurrence, taken by a write before anything is looked at.

Whoever sells or releases has taken the issue's counter row before, so all that happens in an issue happens one after
the other, and each occurrence ends before the next begins (docs/fairness.md).
"""

from dataclasses import dataclass
from datetime import date

from activities.enums import ScopeStatus
from activities.errors import SessionNotLive
from activities.models import SessionScope
from blindbox.common import sql

_SCOPES = SessionScope._meta.db_table
_TAKE = (
    f"UPDATE {_SCOPES} SET version = version + %s WHERE issue_id = %s AND occurrence = %s "
    f"AND status = '{ScopeStatus.LIVE}'"
)


@dataclass(frozen=True)
class Taken:
    """Versions that are ours until commit: `count` of them up to `version`; `due` if something is to be released."""

    scope_id: int
    version: int
    count: int
    due: bool

    @property
    def first(self) -> int:
        return self.version - self.count + 1


def take_for_release(issue_id: int, occurrence: date) -> Taken:
    """
    Take a version that only releases what is due, inside the caller's transaction.

    :raises SessionNotLive: if a later occurrence began
    """
    advance(issue_id, occurrence, 1)
    ours = SessionScope.objects.filter(issue_id=issue_id, occurrence=occurrence)
    scope_id, version = ours.values_list("pk", "version").get()
    return Taken(scope_id, version, 1, due=True)


def advance(issue_id: int, occurrence: date, count: int) -> None:
    """
    Make versions ours, by a write; which they are is looked up afterwards.

    :raises SessionNotLive: if a later occurrence began
    """
    if not sql.execute(_TAKE, [count, issue_id, occurrence.isoformat()]):
        _begin(issue_id, occurrence, count)


def _begin(issue_id: int, occurrence: date, count: int) -> None:
    scopes = SessionScope.objects.filter(issue_id=issue_id)
    if scopes.filter(occurrence__gte=occurrence).exists():
        raise SessionNotLive
    scopes.update(status=ScopeStatus.OVER)
    SessionScope.objects.create(issue_id=issue_id, occurrence=occurrence, version=count)


def end(issue_id: int) -> None:
    """Let no occurrence of an issue go on."""
    SessionScope.objects.filter(issue_id=issue_id).update(status=ScopeStatus.OVER)
