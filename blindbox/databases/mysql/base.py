"""Django's MySQL backend, with less to say to the server and to itself where a draw is written (docs/adr/0015)."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.db.backends.mysql import base
from django.db.backends.utils import debug_transaction
from django.db.utils import IntegrityError
from MySQLdb import OperationalError, ProgrammingError

from blindbox.databases import Answer

# A snapshot that changed, a lock wait (under innodb_rollback_on_timeout), a full table of locks, a deadlock
UNDOES_ALL = {1020, 1205, 1206, 1213}


class CursorWrapper(base.CursorWrapper):
    """Django's, which also tells its connection of errors that may have undone the transaction."""

    def __init__(self, cursor: Any, database: "DatabaseWrapper") -> None:
        super().__init__(cursor)
        self._database = database

    def execute(self, query: str, args: Any = None) -> Any:
        try:
            return super().execute(query, args)
        except OperationalError as error:
            self._database.mark_if_undone(error)
            raise

    def executemany(self, query: str, args: Any) -> Any:
        try:
            return super().executemany(query, args)
        except OperationalError as error:
            self._database.mark_if_undone(error)
            raise


class DatabaseWrapper(base.DatabaseWrapper):
    """
    Django switches autocommit off before a transaction and on after it, a statement each. Told how to begin, as its
    SQLite backend is, it sends one, and finds autocommit on when it is over.
    """

    def create_cursor(self, name: str | None = None) -> CursorWrapper:
        return CursorWrapper(self.connection.cursor(), self)

    def _start_transaction_under_autocommit(self) -> None:
        with debug_transaction(self, "BEGIN"), self.wrap_database_errors:
            self.connection.begin()

    def mark_if_undone(self, error: OperationalError) -> None:
        """
        Mark the open block if this error ended its transaction, or may have.

        The server is in autocommit again by then: whoever swallowed the error and went on would commit statement by
        statement. (`blindbox.common.sql` marks the block at any error, as an ORM write does; this is for reads.)
        """
        if error.args[0] in UNDOES_ALL and self.in_atomic_block:
            self.needs_rollback = True

    def send(self, statement: str, values: Sequence[Any]) -> Answer:
        """
        Send one statement by the driver's own calls instead of a cursor's; execute wrappers see it as they see any.

        :raises DatabaseError: as a cursor's `execute` does
        """
        execute: Callable[..., Answer] = self._send
        for wrapper in reversed(self.execute_wrappers):
            execute = partial(wrapper, execute)
        return execute(statement, values, False, {"connection": self, "cursor": None})

    def _send(self, statement: str, values: Sequence[Any], *_: Any) -> Answer:
        self.validate_thread_sharing()
        self.validate_no_broken_transaction()
        self.close_if_health_check_failed()
        self.ensure_connection()  # not only without one: tests forbid the database here, and asyncio is refused here
        driver = self.connection
        with self.wrap_database_errors:
            try:
                driver.query(_bound(driver, statement, values))
                result = driver.store_result()
                rows = () if result is None else result.fetch_row(0)
                return Answer(rows, driver.affected_rows(), driver.insert_id())
            except OperationalError as error:
                if error.args[0] in CursorWrapper.codes_for_integrityerror:
                    raise IntegrityError(*error.args) from error
                self.mark_if_undone(error)
                raise


def _bound(driver: Any, statement: str, values: Sequence[Any]) -> bytes:
    """Return a statement with its values; what most rows consist of is written without the driver's look around."""
    quoted = driver.string_literal
    literals = [
        b"%d" % value
        if (kind := type(value)) is int
        else quoted(value.encode())
        if kind is str
        else b"NULL"
        if value is None
        else driver.literal(value)
        for value in values
    ]
    try:
        return statement.encode() % tuple(literals)
    except TypeError as error:
        raise ProgrammingError(str(error)) from error
