"""What was left of limited prizes when a batch met them: counted along the numbers of the sale."""

from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

from activities.gameplay import limits
from activities.gameplay.base import Terms
from activities.models import DrawBatch, DrawLog, Issue
from activities.services.limited import NOTHING_LIMITED, Shelf
from activities.services.verifying.batches import rows_of


class Shelves:
    """What was left of each limited prize at any number of the sale."""

    def __init__(self, issue: Issue, promised: Terms) -> None:
        self._total = {prize.id: prize.quantity or 0 for prize in limits.limited(promised.prizes)}
        self._given: dict[int, list[int]] = {reward_id: [] for reward_id in self._total}
        if self._total:
            logs = DrawLog.objects.filter(issue=issue, reward_id__in=list(self._total), sale_no__isnull=False)
            rows: Any = logs.order_by("sale_no").values_list("reward_id", "sale_no")
            for reward_id, sale_no in rows.iterator():
                self._given[reward_id].append(sale_no)

    def before(self, batch: DrawBatch) -> Shelf:
        """Return the shelf that a batch met, by the numbers that it says it was sold under."""
        if not self._total:
            return NOTHING_LIMITED
        numbers = [row.sale_no or 0 for row in rows_of(batch) if not row.is_bonus]
        first = min(numbers, default=0)
        left = {pk: total - bisect_left(self._given[pk], first) for pk, total in self._total.items()}
        return Shelf(range(first, first + batch.count), left)

    def gaps(self, issue: Issue) -> Iterator[str]:
        """Yield whether the numbers have a gap; where nothing is limited there are none."""
        own = DrawLog.objects.filter(issue=issue, is_bonus=False).order_by("sale_no")
        due = list(range(1, issue.counter.sold + 1))
        if self._total and list(own.values_list("sale_no", flat=True)) != due:
            yield f"期次 {issue.pk}：售出序号不是 1 到 {issue.counter.sold} 各一次"
