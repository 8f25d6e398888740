"""The one pipeline of a draw: let the allocator sell and draw, write the log, grant, publish."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.services import points
from activities.enums import BatchStatus
from activities.errors import IssueNotOpen
from activities.events import DrawSettled
from activities.gameplay.base import Result, Terms
from activities.models import DrawBatch, DrawLog
from activities.services import allocators, allowances, granting, terms
from activities.services.batches import Batch
from blindbox.common import sql
from blindbox.common.retry import TryAgain, in_transaction
from blindbox.system import outbox
from orders.services import lifecycle

_LOG = "batch idx issue member reward sale_no ticket_no is_bonus bonus_of roll detail refunded drawn_at"


@dataclass(frozen=True)
class Drawn:
    """What a batch yielded: the id of each result's row, and of the unit it brought, by its index."""

    terms: Terms
    results: Sequence[Result]
    ids: Mapping[int, int]
    owned: Mapping[int, int]


@in_transaction
def settle_order(*, order_id: int, paid_at: datetime, now: datetime) -> None:
    """
    Draw what a paid order is entitled to, exactly once; a repeat changes nothing.

    :raises IssueSoldOut, NotEnoughLeft, AllReserved, IssueNotOpen: if its hold lapsed and it cannot be served again
    :raises DayRevealed: if it is drawn with the secret of a day, and that is public by now
    """
    if not lifecycle.complete(order_id=order_id, now=now):
        return
    row = DrawBatch.objects.get(order_id=order_id)
    promised = terms.of_issue(row.issue_id)
    if row.status != BatchStatus.HELD and promised.ends_at is not None and now >= promised.ends_at:
        raise IssueNotOpen  # nothing is sold after the published end, whether the issue has been closed yet or not
    if granting.touches_accounts(promised):
        points.hold_account(member_id=row.member_id, now=now)
    held = row.status == BatchStatus.HELD
    if not held:
        allowances.count_late(allowances.of_batch(row))
    turn = allocators.of(promised).take_turn(promised, row.member_id, row.count, paid_at=paid_at)
    moved = DrawBatch.objects.filter(pk=row.pk, status=row.status)
    if not moved.update(status=BatchStatus.SETTLED, hold_slot=None, lapsed_at=None, settled_at=now, **turn.columns):
        raise TryAgain  # its hold lapsed between our two statements: look again
    picked = tuple(row.ticket_nos or ())
    draw(Batch(row.pk, row.member_id, promised, row.count, row.client_nonce, held, turn, row.choice, picked), now=now)


def draw(batch: Batch, *, now: datetime) -> Drawn:
    """Sell and draw a batch inside the caller's transaction."""
    allocator = allocators.of(batch.terms)
    results = allocator.draw(batch, now=now)
    ids = _write(batch, results, now)
    owned = {} if allocator.delivers_later else _grant(batch, results, now)
    settled = DrawSettled(key=f"batch:{batch.id}", batch_id=batch.id)
    outbox.publish_all([settled, *allocator.news(batch, results)], now=now)
    return Drawn(batch.terms, results, ids, owned)


def _grant(batch: Batch, results: Sequence[Result], now: datetime) -> dict[int, int]:
    won = [(index, batch.terms.prize_by_id[result.reward_id]) for index, result in enumerate(results)]
    return granting.grant_all(member_id=batch.member_id, batch_id=batch.id, won=won, now=now)


def _write(batch: Batch, results: Sequence[Result], now: datetime) -> dict[int, int]:
    head = (batch.terms.issue_id, batch.member_id)
    rows = (
        (batch.id, index, *head, r.reward_id, r.sale_no, r.ticket_no, r.bonus_of is not None, r.bonus_of, r.roll)
        + (_text(r.detail), False, now)
        for index, r in enumerate(results)
    )
    return sql.insert_keyed(DrawLog, _LOG, rows, by="idx", shared="batch")


def _text(detail: Mapping[str, Any] | None) -> str | None:
    """Return what the database's JSON column stores."""
    return None if detail is None else json.dumps(detail, ensure_ascii=False, separators=(",", ":"))
