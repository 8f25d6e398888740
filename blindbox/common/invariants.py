"""What must always hold, as queries that return the violations. Each app registers its own."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum, auto
from itertools import chain
from typing import Any, Protocol, TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)
Check = Callable[..., Iterable[str]]

NEWEST = 10_000


class Pace(Enum):
    """How often production can afford a check."""

    NIGHTLY = auto()  # reads whole tables
    LATEST = auto()  # takes a scope, so that it can look every few minutes at what was made since
    ALWAYS = auto()  # costs little whatever the tables hold, so it looks at everything every few minutes


class Scope(Protocol):
    """Which rows of a table a check looks at."""

    def __call__(self, rows: "QuerySet[M]", /) -> "QuerySet[M]": ...


def everything(rows: "QuerySet[M]", /) -> "QuerySet[M]":
    return rows


def newest(rows: "QuerySet[M]", /) -> "QuerySet[M]":
    """Return the rows that were made last, by the primary key: it costs the same in a table of any size."""
    last: Any = rows.model._default_manager.order_by("-pk").values_list("pk", flat=True).first()
    return rows.filter(pk__gt=(last or 0) - NEWEST)


@dataclass(frozen=True)
class Part:
    """One query of a guarantee, and how often it can be asked."""

    check: Check
    pace: Pace

    def look(self, scope: Scope) -> Iterable[str]:
        """Run the check, over a part of its rows if it can take one; what reads whole tables waits for the night."""
        if self.pace is Pace.LATEST:
            return self.check(scope)
        return () if self.pace is Pace.NIGHTLY and scope is newest else self.check()


@dataclass(frozen=True)
class Invariant:
    """
    One guarantee: the id of docs/guarantees.md, what it says in Chinese, and the query of its violations.

    `others` are the queries that apps above the first one add, about their own tables.
    """

    id: str
    title: str
    check: Check
    pace: Pace = Pace.NIGHTLY
    others: tuple[Part, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        return (Part(self.check, self.pace), *self.others)

    @property
    def is_frequent(self) -> bool:
        """Tell whether any of it can be asked every few minutes."""
        return any(part.pace is not Pace.NIGHTLY for part in self.parts)

    def sees_all(self, scope: Scope) -> bool:
        """Tell whether a look over these rows finds whatever there is."""
        return scope is not newest or all(part.pace is Pace.ALWAYS for part in self.parts)

    def look(self, scope: Scope = everything) -> Iterable[str]:
        """Run every part of it that this scope is for."""
        return chain.from_iterable(part.look(scope) for part in self.parts)


@dataclass(frozen=True)
class Violation:
    id: str
    title: str
    what: str


_invariants: dict[str, Invariant] = {}
_others: dict[str, list[Part]] = defaultdict(list)


def invariant(*, id: str, title: str, pace: Pace = Pace.NIGHTLY) -> Callable[[Check], Check]:  # noqa: A002
    """Register a check that yields one line for each violation."""

    def decorate(check: Check) -> Check:
        if id in _invariants:
            raise ValueError(f"invariant {id} is registered twice")
        _invariants[id] = Invariant(id=id, title=title, check=check, pace=pace)
        return check

    return decorate


def also(*, id: str, pace: Pace = Pace.NIGHTLY) -> Callable[[Check], Check]:  # noqa: A002
    """Add a query to a guarantee that another app states."""

    def decorate(check: Check) -> Check:
        _others[id].append(Part(check, pace))
        return check

    return decorate


def registered() -> list[Invariant]:
    """Return every invariant with all its parts, by id."""
    return [replace(_invariants[key], others=tuple(_others.get(key, ()))) for key in sorted(_invariants)]


def violations(ids: Iterable[str] | None = None) -> list[Violation]:
    """Run the named invariants, or all, and return what they found."""
    wanted = None if ids is None else set(ids)
    chosen = [each for each in registered() if wanted is None or each.id in wanted]
    return [Violation(each.id, each.title, what) for each in chosen for what in each.look()]
