"""
What an export of evidence shows of points: the entries of the orders and prizes in question and what they left owed
or paid off, and no balance.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from accounts.enums import PointReason
from accounts.models import PointDebt, PointEntry

AT_ONCE = 500
_ROWS = "id account__member_id account__kind delta reason ref occurred_at"
_REASONS = [PointReason.ORDER, PointReason.REFUND, PointReason.DRAW_PRIZE]
Rows = Iterator[dict[str, Any]]


def evidence_of(named: Sequence[tuple[int, str]]) -> dict[str, Rows]:
    """Return the entries and the debts under these references of their members, read a few hundred at a time."""
    return {"points": _rows(PointEntry, named), "point_debts": _rows(PointDebt, named)}


def _rows(model: Any, named: Sequence[tuple[int, str]]) -> Rows:
    for start in range(0, len(named), AT_ONCE):
        some = {event for member, ref in named[start : start + AT_ONCE] for event in _events(member, ref)}
        members, reasons, refs = (set(column) for column in zip(*some, strict=True))
        mine = model.objects.filter(account__member_id__in=members, reason__in=reasons, ref__in=refs)
        for row in mine.order_by("pk").values(*_ROWS.split()):
            if (row["account__member_id"], row["reason"], row["ref"]) in some:
                yield {name.removeprefix("account__"): value for name, value in row.items()}


def _events(member_id: int, ref: str) -> Iterator[tuple[int, str, str]]:
    """Yield what may be posted for a reference: itself, and that debt was paid off by what it earned."""
    for reason in _REASONS:
        yield member_id, reason.value, ref
        yield member_id, PointReason.DEBT.value, f"{reason.value}:{ref}"
