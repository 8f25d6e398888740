"""
What a court, an inspector or an arguing member is shown: terms, odds, draws, payments and delivery, each with its hash.

A secret is in it only once it is public. Members are numbers; no name, phone or openid leaves the shop.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts import evidence as points
from activities import selectors
from activities.errors import DrawNotFound
from activities.models import DrawBatch, DrawLog, Issue, PrizeDelivery, RewardDrop, SessionDraw
from activities.services import proofs, reporting
from activities.services.granting import SOURCE
from activities.services.odds_lines import lines
from activities.services.proving import days
from blindbox.common.reading import pages
from orders import evidence as orders
from orders import selectors as numbers

AT_ONCE = 500
_DRAWS = (
    "id batch_id idx issue_id member_id reward_id sale_no ticket_no is_bonus bonus_of roll detail refunded drawn_at"
)
_BATCHES = (
    "id order_id member_id issue_id count status client_nonce ticket_nos choice day first_seq player refund_seq "
    "settled_at lapsed_at created_at"
)
_SESSION_DRAWS = (
    "id batch_id idx scope__occurrence version activity_id member_id activity_no session_no amount_ref amount outcome "
    "failures delivered_at voided_at created_at"
)
_RELEASES = "id reward_id release_at quantity status scope__occurrence version released_at"
_DELIVERIES = "id source_id source_part member_id kind title coupon_id amount_fen status delivered_at"


@dataclass(frozen=True)
class Sheet:
    """A file of the export: its lines are made while it is written, so that a large issue needs no memory."""

    name: str
    lines: Iterable[str]


def of_issue(issue_id: int, *, now: datetime) -> list[Sheet]:
    """:raises IssueNotFound: if there is no opened issue of that id"""
    known = selectors.issue(issue_id)
    issue = selectors.public_issue(activity_id=known.activity_id, issue_id=issue_id)
    whole = Sheet("issue_proof.jsonl", _proof_of(issue))
    return [*_promise(issue, now=now), *_facts(issue, DrawBatch.objects.filter(issue_id=issue_id)), whole]


def of_order(order_id: int, *, now: datetime) -> list[Sheet]:
    """:raises DrawNotFound: if the order bought no draws"""
    batch = selectors.batch_of_order(order_id)
    if batch is None:
        raise DrawNotFound
    draws = DrawLog.objects.filter(batch=batch).order_by("idx").values_list("pk", flat=True)
    proven = Sheet("proofs.jsonl", (_text(proofs.of_draw(pk)) for pk in draws))
    issue = selectors.issue(batch.issue_id)
    return [*_promise(issue, now=now), *_facts(issue, DrawBatch.objects.filter(pk=batch.pk)), proven]


def _promise(issue: Issue, *, now: datetime) -> Iterator[Sheet]:
    report = reporting.of_issue(issue)
    facts = {**proofs.facts_of_issue(issue), "status": issue.counter.status, "exported_at": now}
    met = {"draws": report.draws, "p_value": report.p_value, "fits": report.fits, "rewards": lines(report.lines)}
    yield Sheet("terms.json", [issue.terms])
    yield Sheet("issue.json", [_text({name: value for name, value in facts.items() if name != "terms"})])
    yield Sheet("odds.json", [_text(met)])


def _proof_of(issue: Issue) -> Iterator[str]:
    """Yield the pages that everybody may see of an issue; docs/verifier/verify.py reads them as they are."""
    cursor: int | None = 0
    while cursor is not None:
        page = proofs.of_issue(activity_id=issue.activity_id, issue_id=issue.pk, cursor=cursor)
        cursor = page["next_cursor"]
        yield _text(page)


def _facts(issue: Issue, batches: "QuerySet[DrawBatch]") -> Iterator[Sheet]:
    order_ids = list(batches.order_by("pk").values_list("order_id", flat=True))
    batch_ids = list(batches.order_by("pk").values_list("pk", flat=True))
    yield Sheet("batches.jsonl", _rows(batches, _BATCHES))
    yield Sheet("draws.jsonl", _rows(DrawLog.objects.filter(batch__in=batches), _DRAWS))
    for name, rows in orders.evidence_of(order_ids=order_ids, granted_by=(SOURCE, batch_ids)).items():
        yield Sheet(f"{name}.jsonl", map(_text, rows))
    delivered = PrizeDelivery.objects.filter(source=SOURCE, source_id__in=batches.values("pk"))
    yield Sheet("deliveries.jsonl", _rows(delivered, _DELIVERIES))
    for name, rows in points.evidence_of(list(_point_refs(batches))).items():
        yield Sheet(f"{name}.jsonl", map(_text, rows))
    yield Sheet("session_draws.jsonl", _rows(SessionDraw.objects.filter(batch__in=batches), _SESSION_DRAWS))
    yield Sheet("releases.jsonl", _rows(RewardDrop.objects.filter(issue=issue), _RELEASES))
    used = batches.filter(day__isnull=False).order_by("day").values_list("day", flat=True).distinct()
    yield Sheet("days.jsonl", (_text(days.facts(day)) for day in used))


def _point_refs(batches: "QuerySet[DrawBatch]") -> Iterator[tuple[int, str]]:
    """Yield the references of what was paid, given back, won and taken back in points, each with whose it is."""
    for page in pages(batches, "order_id", "member_id"):
        order_nos = numbers.order_numbers([order_id for _, order_id, _ in page])
        yield from ((member_id, order_nos[order_id]) for _, order_id, member_id in page if order_id in order_nos)
    for page in pages(DrawLog.objects.filter(batch__in=batches), "member_id", "batch_id", "idx"):
        yield from ((member_id, f"{batch_id}:{idx}") for _, member_id, batch_id, idx in page)


def _rows(found: Any, columns: str) -> Iterator[str]:
    for row in found.order_by("pk").values(*columns.split()).iterator(chunk_size=AT_ONCE):
        yield _text({name.removeprefix("scope__"): value for name, value in row.items()})


def _text(facts: Mapping[str, Any]) -> str:
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, default=_plain)


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def digest_of(sheet: Sheet) -> tuple[Iterator[bytes], "hashlib._Hash"]:
    """Return a sheet's bytes, a line at a time, and the hash that has seen what was taken of them."""
    seen = hashlib.sha256()

    def taken() -> Iterator[bytes]:
        for line in sheet.lines:
            data = line.encode() if sheet.name == "terms.json" else f"{line}\n".encode()
            seen.update(data)
            yield data

    return taken(), seen
