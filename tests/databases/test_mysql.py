"""The MySQL backend does what Django's does, with fewer words to the server."""

import contextlib
import threading
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    OperationalError,
    ProgrammingError,
    connection,
    connections,
    transaction,
)
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from accounts.enums import MemberStatus
from blindbox.common.retry import is_lost_connection
from blindbox.system.models import Heartbeat
from tests.factories.catalog import NOW

MySQLdb = pytest.importorskip("MySQLdb", reason="the backend is MySQL's")
DriverError = MySQLdb.OperationalError
pytestmark = [
    pytest.mark.skipif("connection.vendor != 'mysql'", reason="the backend is MySQL's"),
    pytest.mark.django_db(transaction=True),
]
INSERT = "INSERT INTO system_heartbeats (name, beaten_at) VALUES (%s, %s)"
SENT = "SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'QUESTIONS'"


def beaten(name: str) -> None:
    connection.send(INSERT, [name, "2026-11-22 00:00:00"])


def names() -> list[str]:
    return list(Heartbeat.objects.order_by("name").values_list("name", flat=True))


def questions() -> int:
    """Return how many statements this session has sent, with this one."""
    [[count]], _, _ = connection.send(SENT, [])
    return int(count)


def test_a_transaction_costs_its_begin_and_its_commit():
    connection.ensure_connection()
    before = questions()
    with transaction.atomic():
        beaten("甲")
    assert questions() - before == len(["BEGIN", "INSERT", "COMMIT", SENT])
    assert names() == ["甲"]


@pytest.mark.parametrize("ends", ["commits", "rolls back"])
def test_autocommit_is_on_again(ends):
    with contextlib.suppress(ZeroDivisionError), transaction.atomic():
        beaten("甲")
        assert connection.in_atomic_block
        if ends == "rolls back":
            raise ZeroDivisionError
    assert connection.get_autocommit()
    assert connection.connection.get_autocommit()
    beaten("乙")
    connection.close()  # what was not committed is gone now
    assert names() == (["乙"] if ends == "rolls back" else ["乙", "甲"])


def test_a_savepoint_rolls_back_alone():
    with transaction.atomic():
        beaten("甲")
        with contextlib.suppress(ZeroDivisionError), transaction.atomic():
            beaten("乙")
            raise ZeroDivisionError
        beaten("丙")
    assert names() == ["丙", "甲"]


def test_who_switches_autocommit_off_has_it_off():
    transaction.set_autocommit(False)
    try:
        assert not connection.connection.get_autocommit()
        beaten("甲")
        transaction.rollback()
    finally:
        transaction.set_autocommit(True)
    assert names() == []


def test_a_begin_is_logged_as_django_logs_it():
    with CaptureQueriesContext(connection) as captured, transaction.atomic():
        Heartbeat.objects.count()
    assert [each["sql"].split()[0] for each in captured.captured_queries] == ["BEGIN", "SELECT", "COMMIT"]


VALUES: list[Any] = [
    *["", "甲😀", "'; DROP TABLE system_heartbeats; --", "a\\'b\"c\n\0%s%", "100%", MemberStatus.ACTIVE],
    *[0, -1, 2**63 - 1, True, False, None, 1.5, Decimal("1.10"), b"\x00a'", date(2026, 11, 22)],
    datetime(2026, 1, 2),  # noqa: DTZ001  what the driver gets is naive
]


@pytest.mark.parametrize("value", VALUES)
def test_a_value_arrives_as_through_a_cursor(value):
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s, '%%'", [value])
        through_a_cursor = cursor.fetchall()
    rows, touched, _ = connection.send("SELECT %s, '%%'", [value])
    assert (tuple(rows), touched) == (tuple(through_a_cursor), 1)


def test_an_insert_tells_its_id_and_an_update_how_many_rows_it_changed():
    _, touched, first = connection.send(INSERT, ["甲", NOW.replace(tzinfo=None)])
    assert (touched, first) == (1, Heartbeat.objects.get().pk)
    assert connection.send("UPDATE system_heartbeats SET name = %s WHERE id = %s", ["乙", first])[1] == 1
    assert connection.send("UPDATE system_heartbeats SET name = %s WHERE id = %s", ["丙", first + 1])[1] == 0
    assert connection.send("SELECT id, name FROM system_heartbeats", [])[0] == ((first, "乙"),)
    assert connection.send("SELECT id FROM system_heartbeats WHERE id = %s", [first + 1])[0] == ()


@pytest.mark.parametrize(
    ("statement", "values", "error"),
    [
        (INSERT, ["甲", "2026-11-22"], IntegrityError),  # the name is taken
        (INSERT, ["乙", None], IntegrityError),
        (INSERT, ["乙" * 1000, "2026-11-22"], DataError),
        (INSERT, ["乙", "no moment"], OperationalError),
        ("INSERT INTO nowhere VALUES (%s)", [1], ProgrammingError),
        ("SELECT FROM", [], ProgrammingError),
    ],
)
def test_a_failure_is_named_as_through_a_cursor(statement, values, error):
    beaten("甲")
    with pytest.raises(error) as sent:
        connection.send(statement, values)
    with pytest.raises(error) as through_a_cursor, connection.cursor() as cursor:
        cursor.execute(statement, values)
    assert type(sent.value) is type(through_a_cursor.value)
    assert sent.value.args == through_a_cursor.value.args
    assert names() == ["甲"]


def test_a_wrong_number_of_values_is_named_as_through_a_cursor():
    for values in ([], [1, 2]):
        with pytest.raises(ProgrammingError):
            connection.send("SELECT %s", values)


def test_who_wraps_statements_sees_what_is_sent():
    seen = []
    connection.ensure_connection()

    def wrapper(execute, statement, values, many, context):
        seen.append((statement, [*values], context["connection"].alias))
        return execute(statement, values, many, context)

    with connection.execute_wrapper(wrapper):
        beaten("甲")
    assert seen == [(INSERT, ["甲", "2026-11-22 00:00:00"], "default")]


@pytest.mark.parametrize(("number", "marked"), [(1020, True), (1205, True), (1213, True), (1317, False)])
def test_an_error_that_may_have_undone_the_transaction_marks_it(number, marked):
    """With innodb_rollback_on_timeout a lock wait undoes all; the server is in autocommit then."""
    with contextlib.suppress(ZeroDivisionError), transaction.atomic():
        connection.mark_if_undone(DriverError(number, "planted"))
        assert connection.needs_rollback == marked
        raise ZeroDivisionError
    connection.mark_if_undone(DriverError(number, "planted"))
    assert not connection.needs_rollback


def test_a_killed_connection_is_an_error_and_the_next_request_has_another():
    with pytest.raises(OperationalError) as lost, transaction.atomic():
        beaten("甲")
        with _another() as other:
            other.query(f"KILL {connection.connection.thread_id()}")
        beaten("乙")
    assert is_lost_connection(lost.value)
    connection.close_if_unusable_or_obsolete()  # as Django does between requests
    beaten("丙")
    assert names() == ["丙"]


def test_another_thread_may_not_send_on_this_connection():
    refused, mine = [], connections["default"]

    def trespass():
        try:
            mine.send("SELECT 1", [])
        except DatabaseError as error:
            refused.append(error)

    thread = threading.Thread(target=trespass)
    thread.start()
    thread.join(10)
    assert len(refused) == 1


@contextlib.contextmanager
def _another() -> Iterator[Any]:
    """A connection of the driver beside ours."""
    driver = connection.get_new_connection(connection.get_connection_params())
    try:
        yield driver
    finally:
        driver.close()


def test_nothing_is_sent_in_a_broken_block():
    with pytest.raises(TransactionManagementError), transaction.atomic():
        transaction.set_rollback(True)
        beaten("甲")
    assert names() == []


LOCK = "UPDATE system_heartbeats SET beaten_at = %s WHERE name = %s"


def _lock_both(write: Any, both: threading.Barrier, mine: str, other: str) -> None:
    """Lock a row, then the other's, swallow what comes of it, and go on."""
    with transaction.atomic():
        write(LOCK, ["2026-11-23", mine])
        both.wait(20)
        with contextlib.suppress(OperationalError):
            write(LOCK, ["2026-11-24", other])
        write(INSERT, [f"after {mine}", "2026-11-22"])


def _locked_by_two(write: Any) -> list[BaseException | None]:
    """Let two transactions lock a row each and then the other's; return how each ended."""
    both, ended = threading.Barrier(2), {}

    def run(mine: str, other: str) -> None:
        ended[mine] = None
        try:
            _lock_both(write, both, mine, other)
        except TransactionManagementError as error:
            ended[mine] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=each) for each in ("甲乙", "乙甲")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return [ended["甲"], ended["乙"]]


def _by_the_driver(statement: str, values: list[Any]) -> None:
    connection.send(statement, values)


def _through_a_cursor(statement: str, values: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize("write", [_by_the_driver, _through_a_cursor], ids=["by the driver", "through a cursor"])
def test_who_swallows_a_deadlock_commits_nothing(write):
    for name in "甲乙":
        beaten(name)
    met = _locked_by_two(write)
    assert sorted(type(each).__name__ for each in met) == ["NoneType", "TransactionManagementError"]
    winner = "甲乙"[met.index(None)]
    assert names() == sorted(["甲", "乙", f"after {winner}"])
