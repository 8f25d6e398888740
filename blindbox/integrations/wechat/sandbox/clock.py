"""Times as WeChat writes them: Beijing, to the second, with offset."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    return datetime.now(BEIJING)


def written(at: datetime) -> str:
    """Return a time in WeChat's form of RFC 3339."""
    return at.astimezone(BEIJING).isoformat(timespec="seconds")


def later(seconds: float) -> float:
    """Return a due time, as the store keeps it."""
    return (now() + timedelta(seconds=seconds)).timestamp()
