"""Nightly: count anew what members won above expectation, and open a note on whom chance does not explain."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Sum

from activities.errors import RiskNoteClosed, RiskNoteNotFound
from activities.models import DrawLuck, Issue, RiskNote
from activities.services import terms
from activities.services.luck import judges
from activities.services.luck.tally import Tally
from blindbox.common.retry import TryAgain, in_transaction, refusing_duplicates
from blindbox.system import audit

logger = logging.getLogger(__name__)

AT_ONCE = 500
SETTLED = timedelta(days=2)  # an issue that closed before this changes no more
WORSE_X1000 = 1000  # a note that was closed opens again only when it has grown by a whole deviation


def watch(*, now: datetime) -> None:
    """Count every issue that may have changed, then look at everybody."""
    for issue_id in list(_changing(now).values_list("pk", flat=True)):
        try:
            count(issue_id=issue_id)
        except Exception:  # whatever is wrong with one keeps no other from being watched
            logger.exception("Luck in issue %s cannot be counted", issue_id)
    for member_id, tally in suspicious():
        note(member_id=member_id, tally=tally, now=now)


def _changing(now: datetime) -> "QuerySet[Issue]":
    opened = Issue.objects.filter(opened_at__isnull=False)
    counted = Exists(DrawLuck.objects.filter(issue=OuterRef("pk")))
    return opened.filter(Q(closed_at__isnull=True) | Q(closed_at__gte=now - SETTLED) | ~counted).order_by("pk")


@in_transaction
def count(*, issue_id: int) -> None:
    """Replace what was counted of an issue."""
    tallies = judges.of_issue(terms.of_issue(issue_id))
    DrawLuck.objects.filter(issue_id=issue_id).delete()
    rows = (_row(issue_id, member_id, tally) for member_id, tally in sorted(tallies.items()))
    DrawLuck.objects.bulk_create(rows, batch_size=AT_ONCE)


def _row(issue_id: int, member_id: int, tally: Tally) -> DrawLuck:
    return DrawLuck(
        issue_id=issue_id,
        member_id=member_id,
        draws=tally.draws,
        surprise_fen=round(tally.surprise),
        variance=tally.variance,
        reach=tally.reach,
        z_x1000=round(1000 * tally.z),
    )


def tally_of(member_id: int) -> Tally:
    """Return a member's draws of all issues, added up."""
    return next((tally for _, tally in _tallies(Q(member_id=member_id))), Tally())


def suspicious() -> Iterator[tuple[int, Tally]]:
    """Yield whom chance does not explain, over all issues together."""
    return ((member_id, tally) for member_id, tally in _tallies(Q()) if tally.is_suspicious)


def _tallies(which: Q) -> Iterator[tuple[int, Tally]]:
    added = (
        DrawLuck.objects.filter(which)
        .order_by()
        .values_list("member_id")
        .annotate(Sum("draws"), Sum("surprise_fen"), Sum("variance"), Max("reach"))
    )
    for member_id, draws, surprise, variance, reach in added.iterator(chunk_size=AT_ONCE):
        yield member_id, Tally(draws, float(surprise), variance, reach)


@in_transaction
def note(*, member_id: int, tally: Tally, now: datetime) -> None:
    """Open a note on a member, or bring the open one up to date; one that was closed stays so unless it got worse."""
    z_x1000 = round(1000 * tally.z)
    facts = {"draws": tally.draws, "surprise_fen": round(tally.surprise), "chance": tally.chance, "seen_at": now}
    if RiskNote.objects.filter(open_key=member_id).update(z_x1000=z_x1000, **facts):
        return
    last = RiskNote.objects.filter(member_id=member_id).order_by("-pk").first()
    if last is not None and z_x1000 < last.z_x1000 + WORSE_X1000:
        return
    with refusing_duplicates(TryAgain):
        RiskNote.objects.create(member_id=member_id, open_key=member_id, found_at=now, z_x1000=z_x1000, **facts)


@in_transaction
def close_note(*, note_id: int, conclusion: str, actor: audit.Actor, now: datetime) -> None:
    """
    Note what a person found out.

    :raises RiskNoteNotFound: if there is none
    :raises RiskNoteClosed: if somebody did before
    """
    found = RiskNote.objects.filter(pk=note_id)
    closed = found.filter(closed_at__isnull=True).update(open_key=None, closed_at=now, conclusion=conclusion[:200])
    row = found.first()
    if row is None:
        raise RiskNoteNotFound
    if not closed:
        raise RiskNoteClosed
    change = audit.Change("处理风险提示", "RiskNote", note_id, str(row), reason=conclusion)
    audit.record(change, actor=actor, now=now)
