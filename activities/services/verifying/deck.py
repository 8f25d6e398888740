"""A box: its deck against the Merkle root and the commitment, and every draw against the deck."""

from collections.abc import Iterator
from itertools import pairwise

from activities.gameplay.base import DrawContext, Terms
from activities.models import DrawBatch, Issue
from activities.services import boxes, commitments
from activities.services.boxes import Box
from activities.services.verifying import batches
from activities.services.verifying.log import unsealed
from blindbox.common import fairness


def check(issue: Issue, promised: Terms) -> Iterator[str]:
    """Yield what of a box does not follow from its committed secret."""
    secret = yield from unsealed(commitments.issue_subject(issue.pk))
    if secret is None:
        return
    box = boxes.derive(promised, secret)
    yield from _committed(issue, box)
    yield from _drawn(issue, promised, box)


def _committed(issue: Issue, box: Box) -> Iterator[str]:
    label = f"期次 {issue.pk}"
    if box.tree().root != issue.root:
        yield f"{label}：整箱与默克尔根不符"
    if fairness.issue_commitment(issue.pk, issue.terms_hash, issue.root, box.secret) != issue.commitment:
        yield f"{label}：条款、默克尔根和密钥与承诺不符"


def _drawn(issue: Issue, promised: Terms, box: Box) -> Iterator[str]:
    numbers: list[int] = []
    opened: list[int] = []
    for batch in batches.drawn(issue):
        own = [row for row in batches.rows_of(batch) if not row.is_bonus]
        sold = [row.sale_no for row in own if row.sale_no is not None]
        picked = [row.ticket_no for row in own if row.ticket_no is not None] if promised.picks_numbers else []
        numbers, opened = numbers + sold, opened + picked
        if not _is_run(sold, batch, box):
            yield f"批次 {batch.pk}：售出序号不是箱内连续的 {batch.count} 个"
        elif promised.picks_numbers and not _are_picked(picked, batch, box):
            yield f"批次 {batch.pk}：票号不是用户所选的 {batch.count} 个"
        else:
            context = DrawContext(promised, batch.count, sold, picked, box.deck, box.bonus_at)
            yield from batches.differences(batch, promised, context)
    if sorted(numbers) != list(range(1, issue.counter.sold + 1)):
        yield f"期次 {issue.pk}：售出序号不是 1 到 {issue.counter.sold} 各一次"
    if len(set(opened)) != len(opened):
        yield f"期次 {issue.pk}：同一个票号售出了不止一次"


def _are_picked(numbers: list[int], batch: DrawBatch, box: Box) -> bool:
    """Tell whether numbers of the box were opened as they were picked; who buys a box out picks none."""
    inside = all(1 <= number <= len(box.deck) for number in numbers)
    return inside and len(numbers) == batch.count and batch.ticket_nos in (None, numbers)


def _is_run(sold: list[int], batch: DrawBatch, box: Box) -> bool:
    return len(sold) == batch.count and all(b == a + 1 for a, b in pairwise(sold)) and max(sold) <= len(box.deck)
