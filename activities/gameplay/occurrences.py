"""When a session (场次) is on: a range of moments, and within it perhaps a window that repeats every day."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from activities.gameplay.base import Terms
from blindbox.common.business_day import business_day, day_bounds

DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)  # what a stored moment resolves


@dataclass(frozen=True)
class Window:
    """A half-open stretch of time; without an end it goes on."""

    start: datetime
    end: datetime | None

    def holds(self, moment: datetime) -> bool:
        return self.start <= moment and (self.end is None or moment < self.end)

    def latest(self, moment: datetime) -> datetime:
        """Return a moment, or the last of this stretch if it is over by then."""
        return moment if self.end is None else min(moment, self.end - INSTANT)

    def meets(self, other: "Window") -> bool:
        """Tell whether two stretches have a moment in common."""
        return (other.end is None or self.start < other.end) and (self.end is None or other.start < self.end)


@dataclass(frozen=True)
class Schedule:
    """
    A session's range and its daily window, local time in minutes since midnight. An *occurrence* is one turn of the
    window and goes by the local date on which it starts; without a daily window the whole range is one.
    """

    range: Window
    opens: int | None = None
    lasts: int = 0

    def live(self, now: datetime) -> date | None:
        """Return the occurrence that is on, if one is."""
        running = (day for day in self._days_about(now) if self._window(day).holds(now))
        return next(running, None) if self.range.holds(now) else None

    def live_or_next(self, now: datetime) -> date | None:
        """Return the occurrence that is on, else the next to come, None after the last."""
        at = max(now, self.range.start)
        coming = (day for day in self._days_about(at) if self._comes(day, at))
        return next(coming, None)

    def bounds(self, day: date) -> Window:
        """Return when an occurrence is on, within the range."""
        turn, end = self._window(day), self.range.end
        ends = [moment for moment in (turn.end, end) if moment is not None]
        return Window(max(turn.start, self.range.start), min(ends, default=None))

    def overlaps(self, other: "Schedule") -> bool:
        """Tell whether two sessions are ever on at once: as each repeats daily, a day of both ranges decides."""
        if not self.range.meets(other.range):
            return False
        start = max(self.range.start, other.range.start)
        ends = [moment for moment in (self.range.end, other.range.end) if moment is not None]
        both = Window(start, min([start + DAY, *ends]))
        mine, theirs = list(self._turns(both)), list(other._turns(both))
        return any(one.meets(another) for one in mine for another in theirs)

    def _turns(self, within: Window) -> Iterator[Window]:
        """Yield the turns of a stretch of a day, cut to it."""
        assert within.end is not None
        for day in self._days_about(within.start):
            turn = self.bounds(day)
            start, end = max(turn.start, within.start), min(turn.end or within.end, within.end)
            if start < end:
                yield Window(start, end)

    def _comes(self, day: date, at: datetime) -> bool:
        turn, end = self._window(day), self.range.end
        return (turn.end is None or at < turn.end) and (end is None or turn.start < end)

    def _days_about(self, moment: datetime) -> list[date]:
        """Return the dates whose turn may lie at or right after a moment; one that began yesterday may still run."""
        if self.opens is None:
            return [business_day(self.range.start)]
        today = business_day(moment)
        return [today - DAY, today, today + DAY]

    def _window(self, day: date) -> Window:
        if self.opens is None:
            return self.range
        start = day_bounds(day)[0] + timedelta(minutes=self.opens)
        return Window(start, start + timedelta(minutes=self.lasts))


def schedule(starts_at: datetime, ends_at: datetime | None, config: Mapping[str, Any]) -> Schedule:
    """Return when a session of this configuration is on."""
    daily = config.get("daily")
    if daily is None:
        return Schedule(Window(starts_at, ends_at))
    opens, closes = minutes(daily["from"]), minutes(daily["to"])
    lasts = closes - opens
    return Schedule(Window(starts_at, ends_at), opens, lasts if lasts > 0 else lasts + 24 * 60)


def of_terms(promised: Terms) -> Schedule:
    """Return when a session is on, as its frozen terms say."""
    return schedule(promised.starts_at, promised.ends_at, promised.config)


def minutes(clock: str) -> int:
    """
    Return "10:30" as minutes since midnight; "24:00" is the end of the day.

    :raises ValueError: if it is no time of a day
    """
    hours, separator, rest = clock.partition(":")
    well_formed = separator and len(hours) == len(rest) == 2 and (hours + rest).isdecimal() and (hours + rest).isascii()
    reached = int(hours) * 60 + int(rest) if well_formed else -1
    if not 0 <= reached <= 24 * 60 or (well_formed and int(rest) > 59):
        raise ValueError(clock)
    return reached
