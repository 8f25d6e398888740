"""Each batch, drawn again by the same rule from the same committed inputs, against what the table says."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice, zip_longest

from django.db.models import QuerySet

from activities.enums import BatchStatus
from activities.gameplay import registry
from activities.gameplay.base import DrawContext, Result, Terms
from activities.models import DrawBatch, DrawLog, Issue
from orders import selectors as orders

AT_ONCE = 500
DRAWN = BatchStatus.drawn()
_FACTS = {
    "reward_id": "奖品",
    "sale_no": "售出序号",
    "ticket_no": "票号",
    "roll": "随机数",
    "bonus_of": "所附序号",
    "detail": "玩法记录",
}


def drawn(issue: Issue) -> Iterator[DrawBatch]:
    """Return an issue's settled batches in the order in which they were bought, with their draws."""
    batches = DrawBatch.objects.filter(issue=issue, status__in=DRAWN).order_by("pk").prefetch_related("draws")
    return batches.iterator(chunk_size=AT_ONCE)


def drawn_ids(issue: Issue) -> "QuerySet[DrawBatch, int]":
    """Return the ids of an issue's settled batches."""
    return DrawBatch.objects.filter(issue=issue, status__in=DRAWN).order_by("pk").values_list("pk", flat=True)


def drawn_and_paid(issue: Issue) -> Iterator[tuple[DrawBatch, datetime | None]]:
    """Return each settled batch with the time of its payment."""
    batches = drawn(issue)
    while some := list(islice(batches, AT_ONCE)):
        paid_at = orders.paid_at([batch.order_id for batch in some])
        for batch in some:
            yield batch, paid_at.get(batch.order_id)


def rows_of(batch: DrawBatch) -> list[DrawLog]:
    return sorted(batch.draws.all(), key=lambda row: row.idx)


def differences(batch: DrawBatch, promised: Terms, context: DrawContext) -> Iterator[str]:
    """Yield where a batch's rows are not what its play makes of the context."""
    yield from compared(batch, registry.get(promised.gameplay).draw(context))


def compared(batch: DrawBatch, due: list[Result]) -> Iterator[str]:
    """Yield where a batch's rows are not these results."""
    for row, result in zip_longest(rows_of(batch), due):
        yield from _difference(batch.pk, row, result)


def _difference(batch_id: int, row: DrawLog | None, result: Result | None) -> Iterator[str]:
    if row is None:
        yield f"批次 {batch_id}：少了一条结果"
    elif result is None:
        yield f"抽奖 {row.pk}：多出的结果"
    else:
        for name, word in _FACTS.items():
            found, due = getattr(row, name), getattr(result, name)
            if found != due:
                yield f"抽奖 {row.pk}：{word}为 {found}，应为 {due}"
