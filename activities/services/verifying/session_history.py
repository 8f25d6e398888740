"""What happened in an occurrence of the generic tool, in the order of its versions."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from activities.enums import DropStatus
from activities.models import DrawBatch, RewardDrop, SessionDraw, SessionScope
from activities.services.verifying.batches import AT_ONCE
from orders import selectors as orders


@dataclass
class Stock:
    """What was released and given so far of each limited prize."""

    released: Counter[int]
    given: Counter[int] = field(default_factory=Counter)

    def left(self) -> dict[int, int]:
        """Return what there was; a history that gave more than that was told where it did."""
        return {reward_id: max(n - self.given[reward_id], 0) for reward_id, n in self.released.items()}


@dataclass(frozen=True)
class Bought:
    """A batch with its rows in order, and when it was paid."""

    batch: DrawBatch
    rows: list[SessionDraw]
    paid_at: datetime | None

    @property
    def first(self) -> int:
        return self.rows[0].version

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1

    @property
    def is_run(self) -> bool:
        versions = list(range(self.first, self.last + 1))
        return [row.version for row in self.rows] == versions and len(versions) == self.batch.count


class Releases:
    """What each version of an occurrence released, taken out as the replay passes it."""

    def __init__(self, scope: SessionScope) -> None:
        self._of: dict[int, Counter[int]] = {}
        done = RewardDrop.objects.filter(scope=scope, status=DropStatus.DONE)
        for reward_id, quantity, version in done.values_list("reward_id", "quantity", "version"):
            self._of.setdefault(version or 0, Counter())[reward_id] += quantity

    def pass_to(self, stock: Stock, reached: int, draw: int) -> int:
        """Release what comes between a version and a draw, and with the draw; return the last that only released."""
        while reached + 1 < draw and reached + 1 in self._of:
            reached += 1
            stock.released.update(self._of.pop(reached))
        stock.released.update(self._of.pop(draw, Counter()))
        return reached

    @property
    def are_left(self) -> bool:
        return bool(self._of)


def of_scope(scope: SessionScope) -> Iterator[Bought]:
    """Return the batches of an occurrence in the order in which they drew."""
    rows = SessionDraw.objects.filter(scope=scope).order_by("version").values_list("batch_id", flat=True)
    batch_ids = list(dict.fromkeys(rows))
    for start in range(0, len(batch_ids), AT_ONCE):
        yield from _some(batch_ids[start : start + AT_ONCE])


def _some(batch_ids: list[int]) -> Iterator[Bought]:
    found = DrawBatch.objects.prefetch_related("draws", "session_draws").in_bulk(batch_ids)
    paid_at = orders.paid_at([batch.order_id for batch in found.values()])
    for batch_id in batch_ids:
        batch = found[batch_id]
        mine = sorted(batch.session_draws.all(), key=lambda row: row.idx)
        yield Bought(batch, mine, paid_at.get(batch.order_id))
