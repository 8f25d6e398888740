"""in_transaction: the outermost retries a lost lock, a nested one never; duplicates and references get names."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError, connection, connections, transaction
from django.db.models import ProtectedError, RestrictedError

from blindbox.common import retry
from blindbox.common.errors import Conflict
from blindbox.common.retry import TryAgain, in_transaction, refusing_duplicates, refusing_references
from blindbox.system.models import Heartbeat
from tests.factories.catalog import NOW

DEADLOCK, WAITED, CHANGED = OperationalError(1213, "x"), OperationalError(1205, "x"), OperationalError(1020, "x")
BUSY = OperationalError("database is locked")
LOST, CLOSED = OperationalError(2013, "x"), InterfaceError(0, "")


class Taken(Conflict):
    code, message = "test.taken", "{what} 已被占用"


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite is no server")
@pytest.mark.django_db
def test_a_server_that_keeps_silent_is_a_lost_one():
    """As blindbox.wsgi connects, with one second instead of thirty."""
    impatient = connections["default"].copy()
    impatient.settings_dict["OPTIONS"] |= {"read_timeout": 1, "write_timeout": 1}
    try:
        with impatient.cursor() as cursor, pytest.raises(OperationalError) as lost:
            cursor.execute("SELECT SLEEP(10)")
    finally:
        impatient.close()
    assert lost.value.args[0] == 2013
    assert retry.is_database_unavailable(lost.value)


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "_pause", lambda attempt: None)


def failing(times: int, error: Exception) -> tuple[Callable[[], str], list[int]]:
    """Return a unit that writes, fails so many times, then succeeds; and its tally."""
    tries: list[int] = []

    def unit() -> str:
        tries.append(len(tries) + 1)
        Heartbeat.objects.create(name=f"try-{len(tries)}", beaten_at=NOW)
        if len(tries) <= times:
            raise error
        return "done"

    return unit, tries


def written() -> list[str]:
    return list(Heartbeat.objects.order_by("name").values_list("name", flat=True))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [DEADLOCK, WAITED, CHANGED, BUSY, TryAgain()])
def test_a_lost_lock_is_tried_again_from_the_start(error: Exception):
    unit, tries = failing(9, error)
    assert in_transaction(unit)() == "done"
    assert (len(tries), written()) == (10, ["try-10"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [DEADLOCK, BUSY, TryAgain()])
def test_after_ten_tries_the_caller_hears_of_it(error: Exception):
    unit, tries = failing(10, error)
    with pytest.raises(type(error)):
        in_transaction(unit)()
    assert (len(tries), written()) == (10, [])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [LOST, CLOSED])
def test_a_lost_connection_is_tried_again_only_where_a_repeat_is_harmless(error: Exception):
    unit, tries = failing(1, error)
    with pytest.raises(type(error)):
        in_transaction(unit)()
    assert (len(tries), written()) == (1, [])
    unit, tries = failing(1, error)
    assert in_transaction(repeatable=True)(unit)() == "done"
    assert (len(tries), written()) == (2, ["try-2"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [ValueError("x"), Taken(what="a"), IntegrityError(1062, "x"), OperationalError(1054)])
def test_any_other_failure_is_not_repeated(error: Exception):
    unit, tries = failing(1, error)
    with pytest.raises(type(error)):
        in_transaction(repeatable=True)(unit)()
    assert (len(tries), written()) == (1, [])


@pytest.mark.django_db(transaction=True)
def test_inside_an_open_transaction_it_is_a_savepoint_without_retry():
    unit, tries = failing(1, DEADLOCK)
    with transaction.atomic():
        Heartbeat.objects.create(name="around", beaten_at=NOW)
        with pytest.raises(OperationalError):
            in_transaction(unit)()
    assert (len(tries), written()) == (1, ["around"])


@pytest.mark.django_db(transaction=True)
def test_a_nested_failure_repeats_the_outermost_unit_whole():
    inner, tries = failing(1, DEADLOCK)

    @in_transaction
    def outer() -> None:
        Heartbeat.objects.create(name=f"outer-{len(tries)}", beaten_at=NOW)
        in_transaction(inner)()

    outer()
    assert written() == ["outer-1", "try-2"]


@pytest.mark.django_db(transaction=True)
def test_arguments_and_the_name_pass_through():
    @in_transaction
    def add(first: int, *, second: int) -> int:
        """Sum."""
        assert connection.in_atomic_block
        return first + second

    assert (add(1, second=2), add.__name__, add.__doc__) == (3, "add", "Sum.")


def test_the_pause_grows_to_a_limit_and_is_never_the_same(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.undo()
    pauses: list[float] = []
    monkeypatch.setattr("blindbox.common.retry.time.sleep", pauses.append)
    for _ in range(200):
        for attempt in range(1, retry.TRIES):
            retry._pause(attempt)
    longest = [max(pauses[attempt :: retry.TRIES - 1]) for attempt in range(retry.TRIES - 1)]
    assert longest[0] <= 0.004 < longest[3]
    assert 0.1 < max(longest) <= retry.LONGEST_PAUSE
    assert len(set(pauses)) > 1000


@pytest.mark.django_db
def test_a_duplicate_gets_its_name():
    Heartbeat.objects.create(name="a", beaten_at=NOW)
    with pytest.raises(Taken, match="a 已被占用"), transaction.atomic(), refusing_duplicates(Taken, what="a"):
        Heartbeat.objects.create(name="a", beaten_at=NOW)
    assert written() == ["a"]


@pytest.mark.django_db
def test_another_integrity_error_keeps_its_own():
    with pytest.raises(IntegrityError), transaction.atomic(), refusing_duplicates(Taken, what="a"):
        Heartbeat.objects.create(name=None, beaten_at=NOW)  # type: ignore[misc]


@pytest.mark.parametrize(
    "refusal",
    [
        ProtectedError("x", set()),
        RestrictedError("x", set()),
        IntegrityError(1451, "x"),
        IntegrityError(1452, "x"),
        IntegrityError("FOREIGN KEY constraint failed"),
    ],
)
def test_a_reference_gets_its_name(refusal: Exception):
    with pytest.raises(Taken, match="b 已被占用"), refusing_references(Taken, what="b"):
        raise refusal


@pytest.mark.parametrize(
    "other", [IntegrityError(1062, "x"), IntegrityError("NOT NULL constraint failed"), ValueError()]
)
def test_what_is_no_reference_keeps_its_own(other: Exception):
    with pytest.raises(type(other)) as caught, refusing_references(Taken, what="b"):
        raise other
    assert caught.value is other


@pytest.mark.parametrize(
    ("error", "is_conflict", "is_lost"),
    [
        (DEADLOCK, True, False),
        (BUSY, True, False),
        (OperationalError("database table is locked: x"), True, False),
        (LOST, False, True),
        (CLOSED, False, True),
        (OperationalError(1180, "commit"), False, True),
        (OperationalError(1290, "read-only"), False, False),
        (OperationalError(), False, False),
        (ValueError(1213), False, False),
    ],
)
def test_kinds_of_database_trouble(error: Any, is_conflict: bool, is_lost: bool):
    assert (retry.is_lock_conflict(error), retry.is_lost_connection(error)) == (is_conflict, is_lost)
