"""What stands on the home page: each app registers its own numbers, to-dos, curves and tables."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from django.db.models import Q, QuerySet, Sum

from blindbox.common.adminkit.panels import Panel
from blindbox.common.business_day import business_day, day_bounds


@dataclass(frozen=True)
class Figure:
    """One number of today, with yesterday's beside it."""

    value: str
    note: str = ""
    url: str = ""


@dataclass(frozen=True)
class Todo:
    """How many things wait for an operator, and the list of them."""

    count: int
    url: str


@dataclass(frozen=True)
class Day:
    """A business day and its half-open range."""

    date: date
    start: datetime
    end: datetime


Series = Mapping[date, int]
R_co = TypeVar("R_co", covariant=True)
R = TypeVar("R")


class Compute(Protocol[R_co]):
    def __call__(self, *, now: datetime) -> R_co: ...


@dataclass(frozen=True)
class Entry(Generic[R]):
    """A registered part of the page; `permission` says who sees it."""

    title: str
    permission: str
    order: int
    compute: Compute[R]
    note: str = ""


class Board(Generic[R]):
    """The registered parts of one kind."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry[R]] = {}

    def add(self, title: str, *, permission: str, order: int, note: str = "") -> Callable[[Compute[R]], Compute[R]]:
        """Register what a function returns."""

        def decorate(compute: Compute[R]) -> Compute[R]:
            self._entries[title] = Entry(title, permission, order, compute, note)
            return compute

        return decorate

    def entries(self) -> Sequence[Entry[R]]:
        return sorted(self._entries.values(), key=lambda entry: entry.order)


figures: Board[Figure] = Board()
todos: Board[Todo] = Board()
curves: Board[Series] = Board()
tables: Board[Panel] = Board()
BOARDS: Mapping[str, Board[Any]] = {"figures": figures, "todos": todos, "curves": curves, "tables": tables}


def last_days(now: datetime, days: int) -> list[Day]:
    """Return the last business days, today last."""
    today = business_day(now)
    dates = [today - timedelta(days=back) for back in reversed(range(days))]
    return [Day(day, *day_bounds(day)) for day in dates]


def sum_by_day(rows: "QuerySet[Any]", column: str, moment: str, days: Sequence[Day]) -> dict[date, int]:
    """Sum a column by day with one query that needs no time zone tables; `moment` should lead an index."""
    within = {f"day_{n}": Q(**{f"{moment}__gte": d.start, f"{moment}__lt": d.end}) for n, d in enumerate(days)}
    since = rows.filter(**{f"{moment}__gte": days[0].start, f"{moment}__lt": days[-1].end})
    sums = since.aggregate(**{name: Sum(column, filter=condition) for name, condition in within.items()})
    return {day.date: sums[f"day_{n}"] or 0 for n, day in enumerate(days)}
