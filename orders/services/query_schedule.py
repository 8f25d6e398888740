"""When WeChat is asked about what no notification settled: payments within the hour, refunds for weeks."""

from datetime import datetime, timedelta

_AFTER = [
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=60),
]
_UNANSWERED_PAUSE, _UNANSWERED_UNTIL = timedelta(seconds=30), timedelta(days=3)
_REFUND_PAUSES = [
    timedelta(minutes=1),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=6),
    *[timedelta(days=1)] * 30,  # a bank may take days, and one that has not moved in a month never will by itself
]


def first_query(placed_at: datetime) -> datetime:
    return placed_at + _AFTER[0]


def next_query(placed_at: datetime, queries: int) -> datetime | None:
    """Return when to ask after that many questions, or None when enough were asked."""
    return placed_at + _AFTER[queries] if queries < len(_AFTER) else None


def unanswered(placed_at: datetime, now: datetime) -> datetime | None:
    """Return when to repeat a question that was not answered: ever more slowly, and not for longer than three days."""
    age = now - placed_at
    return now + max(_UNANSWERED_PAUSE, age / 4) if age < _UNANSWERED_UNTIL else None


def next_refund_query(now: datetime, queries: int) -> datetime:
    """Return when to ask about a refund next, after that many questions."""
    return now + _REFUND_PAUSES[min(queries, len(_REFUND_PAUSES) - 1)]


def is_last_refund_query(queries: int) -> bool:
    """Tell whether that many questions are enough."""
    return queries >= len(_REFUND_PAUSES)
