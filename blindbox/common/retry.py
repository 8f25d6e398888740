"""Transactions: the one way to open one, the one place that retries."""

import functools
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, overload

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import ProtectedError, RestrictedError
from django.db.utils import IntegrityError

F = TypeVar("F", bound=Callable[..., Any])

TRIES = 10
FIRST_PAUSE, LONGEST_PAUSE = 0.002, 0.2
LOCK_CONFLICTS = {1020, 1205, 1213}
LOCK_WAIT = 1205
LOST_CONNECTION = {1047, 1053, 1180, 1927, 2002, 2003, 2006, 2013, 4031}
NO_SERVICE = {1040, 1203, 1290, 1836}  # too many connections, read-only: nothing was done
DUPLICATE = 1062
REFERENCED = {1451, 1452}


class TryAgain(Exception):
    """Raised inside a unit that lost a race it could win from the start, such as the next place in a chain."""


def _number(error: BaseException) -> int | None:
    return error.args[0] if error.args and isinstance(error.args[0], int) else None


def is_lock_conflict(error: BaseException) -> bool:
    """Tell whether the database refused because somebody else held a lock; a repeat may succeed."""
    if isinstance(error, TryAgain):
        return True
    if not isinstance(error, OperationalError):
        return False
    return _number(error) in LOCK_CONFLICTS or "database is locked" in str(error) or "table is locked" in str(error)


def is_lost_connection(error: BaseException) -> bool:
    """Tell whether the connection died; what the last statement did is unknown."""
    return isinstance(error, InterfaceError) or (
        isinstance(error, OperationalError) and _number(error) in LOST_CONNECTION
    )


def is_database_unavailable(error: BaseException) -> bool:
    """Tell whether the failure is the database's state and not the request's: a later repeat may succeed."""
    refused = isinstance(error, OperationalError) and _number(error) in NO_SERVICE
    return refused or is_lock_conflict(error) or is_lost_connection(error)


def is_duplicate(error: IntegrityError) -> bool:
    """Tell a unique key's refusal from other integrity errors."""
    return _number(error) == DUPLICATE or "UNIQUE constraint failed" in str(error)


def is_reference(error: IntegrityError) -> bool:
    """Tell a foreign key's refusal: the row is still referred to, or what it refers to is gone."""
    guarded = isinstance(error, ProtectedError | RestrictedError)
    return guarded or _number(error) in REFERENCED or "FOREIGN KEY constraint failed" in str(error)


@overload
def in_transaction(function: F) -> F: ...
@overload
def in_transaction(*, repeatable: bool) -> Callable[[F], F]: ...
def in_transaction(function: F | None = None, *, repeatable: bool = False) -> F | Callable[[F], F]:
    """
    Run a unit in a transaction.

    Outermost, the whole unit is tried again when a lock was lost (and, if `repeatable`, when the connection was: only
    right under an idempotency key). Inside an open transaction it is a savepoint and never retries, since a deadlock
    has already undone everything around it.
    """

    def decorate(unit: F) -> F:
        @functools.wraps(unit)
        def run(*args: Any, **kwargs: Any) -> Any:
            if connection.in_atomic_block:
                with transaction.atomic():
                    return unit(*args, **kwargs)
            return _outermost(functools.partial(unit, *args, **kwargs), repeatable=repeatable)

        return run  # type: ignore[return-value]

    return decorate if function is None else decorate(function)


def _outermost(unit: Callable[[], Any], *, repeatable: bool) -> Any:
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                return unit()
        except (OperationalError, InterfaceError, TryAgain) as error:
            lost = is_lost_connection(error)
            if lost:
                connection.close()
            if attempt == TRIES or not (is_lock_conflict(error) or (lost and repeatable)):
                raise
            _pause(attempt)
    raise AssertionError("unreachable")


def _pause(attempt: int) -> None:
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt)
    time.sleep(random.uniform(0, longest))  # full jitter, so that the losers do not meet again


@contextmanager
def refusing_duplicates(error: type[Exception], **details: Any) -> Iterator[None]:
    """
    Turn a unique key's refusal into a named one. Inside a transaction the enclosing unit must roll back or hold the
    statement in a savepoint of its own.
    """
    try:
        yield
    except IntegrityError as refused:
        if not is_duplicate(refused):
            raise
        raise error(**details) from refused


@contextmanager
def refusing_references(error: type[Exception], **details: Any) -> Iterator[None]:
    """Turn a foreign key's refusal into a named one, as `refusing_duplicates` does for a unique key's."""
    try:
        yield
    except IntegrityError as refused:
        if not is_reference(refused):
            raise
        raise error(**details) from refused
