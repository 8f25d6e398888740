"""A business day is a day in Shanghai, whatever the clock of the machine says."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def in_shanghai(at: datetime) -> str:
    """Return a moment as every answer of the API writes it: ISO 8601 with Shanghai's offset."""
    return at.astimezone(SHANGHAI).isoformat()


def business_day(now: datetime) -> date:
    """Return the business day of an aware moment."""
    return now.astimezone(SHANGHAI).date()


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """Return a day as a half-open range of aware moments."""
    start = datetime.combine(day, time.min, tzinfo=SHANGHAI)
    return start, datetime.combine(day + timedelta(days=1), time.min, tzinfo=SHANGHAI)
