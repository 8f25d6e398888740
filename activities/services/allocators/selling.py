"""Advancing the counter; the hottest row, so it comes late among the locks."""

from datetime import datetime

from activities import store
from activities.services import refusals
from activities.services.batches import Batch


def sell(batch: Batch, *, now: datetime) -> None:
    """:raises CannotServe: if the issue has not that much left, is not open, or guards its end"""
    if sold(batch, now=now) is None:
        raise refusals.of_counter(batch.terms.issue_id, batch.count, member_id=batch.member_id)


def sold(batch: Batch, *, now: datetime) -> int | None:
    """Sell what was held, or what is free; return how much is sold then, None if the counter refuses."""
    issue_id, n = batch.terms.issue_id, batch.count
    if batch.held:
        return store.sell_held(issue_id, n)
    return store.sell(issue_id, n, member_id=batch.member_id, now=now)
