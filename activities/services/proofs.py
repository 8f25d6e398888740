"""What a stranger needs to recompute an issue or a draw (docs/fairness.md)."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from activities import selectors
from activities.gameplay import registry
from activities.gameplay.base import Terms
from activities.models import DrawLog, Issue
from activities.services import commitments, proving, terms
from activities.services.proving.listing import COLUMNS, Row
from activities.services.proving.log import entry_of

PAGE = 1000


def of_issue(*, activity_id: int, issue_id: int, cursor: int = 0, limit: int = PAGE) -> dict[str, Any]:
    """
    Return what was promised, and the draws after a cursor in the order in which they were made.

    :raises IssueNotFound: if there is no opened issue of that id in the activity
    """
    issue = selectors.public_issue(activity_id=activity_id, issue_id=issue_id)
    promised = terms.of_issue(issue.pk)
    occurrences = proving.occurrences(issue, promised)  # before the draws, so that those up to there are all read
    rows = _rows(issue.pk, cursor, limit + 1)
    shown = rows[:limit]
    bringers = _brought_by(shown)
    return {
        **facts_of_issue(issue),
        "status": issue.counter.status,
        "deck": {"total": issue.counter.total, "sold": issue.counter.sold} if issue.root else None,
        "occurrences": occurrences,
        "releases": proving.releases(issue, promised),
        "draws": [{**_listed(row, promised, bringers), **proving.listed(row, promised)} for row in shown],
        "next_cursor": shown[-1].pk if len(rows) > limit else None,
    }


def _rows(issue_id: int, cursor: int, limit: int) -> list[Row]:
    after = DrawLog.objects.filter(issue_id=issue_id, pk__gt=cursor).order_by("pk")
    return [Row(*values) for values in after.values_list(*COLUMNS)[:limit]]


class Bringer(NamedTuple):
    """The draw that an extra prize came with."""

    pk: int
    sale_no: int | None
    ticket_no: int | None


Bringers = Mapping[tuple[int, int], Bringer]


def _brought_by(rows: Iterable[Row]) -> Bringers:
    """Return the draws that brought extras, by batch and index; they may be on the page before."""
    batches = {row.batch_id for row in rows if row.bonus_of is not None}
    if not batches:
        return {}
    own = DrawLog.objects.filter(batch_id__in=batches, bonus_of__isnull=True)
    found = own.values_list("batch_id", "idx", *Bringer._fields)
    return {(batch_id, idx): Bringer(*facts) for batch_id, idx, *facts in found}


def facts_of_issue(issue: Issue) -> dict[str, Any]:
    """Return what binds an issue; its secret only once it is public."""
    return {
        "algorithm": terms.of_issue(issue.pk).algorithm,
        "issue_id": issue.pk,
        "terms": issue.terms,
        "terms_hash": issue.terms_hash,
        "root": issue.root or None,
        "commitment": issue.commitment,
        "log": entry_of(commitments.issue_subject(issue.pk)),
        "secret": selectors.revealed_secrets([issue.pk]).get(issue.pk),
    }


def _listed(row: Row, promised: Terms, bringers: Bringers) -> dict[str, Any]:
    """
    Return a draw as everybody may see it; `bonus_of` is the id of the draw that brought an extra prize.

    An extra prize was sold with its ticket: where the ticket's number does not say when, the sale is named.
    """
    brought_by = None if row.bonus_of is None else bringers.get((row.batch_id, row.bonus_of))
    picked = brought_by is not None and brought_by.sale_no != brought_by.ticket_no
    return {
        "id": row.pk,
        "sale_no": brought_by.sale_no if picked and brought_by else row.sale_no,
        "ticket_no": row.ticket_no,
        "prize_index": registry.prize_index(promised, row.reward_id),
        "reward_id": row.reward_id,
        "is_bonus": row.is_bonus,
        "bonus_of": brought_by.pk if brought_by else None,
        "refunded": row.refunded,
        "drawn_at": row.drawn_at.isoformat(),
    }


def of_draw(draw_log_id: int) -> dict[str, Any]:
    """:raises DrawNotFound: if there is no such draw"""
    log = selectors.draw_log(draw_log_id)
    issue_facts, promised = facts_of_issue(log.issue), terms.of_issue(log.issue_id)
    row = Row.of(log)
    draw = {
        **_listed(row, promised, _brought_by([row])),
        "activity_id": log.issue.activity_id,
        "issue_id": log.issue_id,
    }
    return {
        "algorithm": issue_facts["algorithm"],
        "draw": draw,
        "issue": issue_facts,
        **proving.evidence(log, promised),
    }
