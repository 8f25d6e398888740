"""The order of an order's moments."""

from datetime import datetime


def place_in_time(at: datetime, *, created_at: datetime) -> datetime:
    """
    Return by what a moment of an order is sorted among its others.

    WeChat tells whole seconds, so what was paid at once may seem paid before it was ordered.
    """
    return max(at, created_at)
