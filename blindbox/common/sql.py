"""Multi-row inserts and conditional updates for the write path where an ORM object a row is too slow."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache, lru_cache
from itertools import chain
from typing import Any, cast

from django.db import DEFAULT_DB_ALIAS, Error, connection, connections, models
from django.db.backends.base.operations import BaseDatabaseOperations

from blindbox.databases import Answer

MOST_ROWS = 1000  # in one statement: a whole box is more than SQLite binds, and more than MariaDB takes as one packet


@cache
def _shape(model: type[models.Model], names: str) -> tuple[str, str]:
    """Return the start of an INSERT and one row of its placeholders."""
    quote = connection.ops.quote_name
    fields: list[Any] = [model._meta.get_field(name) for name in names.split()]
    columns = [quote(field.column) for field in fields]
    start = f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(columns)}) VALUES "
    return start, f"({', '.join(['%s'] * len(columns))})"


@lru_cache(maxsize=64)
def _stored(ops: BaseDatabaseOperations, moment: datetime) -> Any:
    """Return what the driver is given for a moment; a request writes the same one into most of its rows."""
    return ops.adapt_datetimefield_value(moment)


def _run(statement: str, values: Iterable[Any]) -> Answer:
    """
    Execute one statement. Like an ORM write, a failure marks the enclosing block, so that nobody who swallows it can
    commit half a unit.
    """
    database = connections[DEFAULT_DB_ALIAS]  # once a statement: the proxy looks it up at each of its attributes
    ops = database.ops
    sent = [_stored(ops, each) if isinstance(each, datetime) else each for each in values]
    try:
        return _by_driver(database, statement, sent) or _by_cursor(database, statement, sent)
    except Error:
        if database.in_atomic_block:
            database.needs_rollback = True
        raise


def _by_driver(database: Any, statement: str, values: Sequence[Any]) -> Answer | None:
    """Ask a backend that needs no cursor for one statement (docs/adr/0015); None while statements are captured."""
    send = getattr(database, "send", None)
    return None if send is None or database.queries_logged else send(statement, values)


def _by_cursor(database: Any, statement: str, values: Sequence[Any]) -> Answer:
    with database.cursor() as cursor:
        cursor.execute(statement, values)
        return Answer(cursor.fetchall() if cursor.description else (), cursor.rowcount, cursor.lastrowid)


def insert(model: type[models.Model], names: str, lines: Iterable[Sequence[Any]]) -> None:
    """
    Insert rows, named by a line of field names, with one statement for each thousand.

    Values are plain: beside aware moments nothing is converted.

    :raises IntegrityError: as the ORM would; the enclosing block is then marked for rollback
    """
    start, one = _shape(model, names)
    for some in _chunks(list(lines)):
        _run(start + ", ".join([one] * len(some)), chain.from_iterable(some))


def insert_keyed(
    model: type[models.Model], names: str, lines: Iterable[Sequence[Any]], *, by: str, shared: str
) -> dict[Any, int]:
    """
    Insert rows, as `insert` does, and return the id of each by the value of its field `by`.

    MariaDB and SQLite answer the insert with the ids. Others are asked afterwards for the rows that have the first
    row's values in the `shared` fields: these and `by` must be a unique key.

    :raises IntegrityError: as the ORM would; the enclosing block is then marked for rollback
    """
    listed = list(lines)
    if connection.features.can_return_rows_from_bulk_insert:
        return {key: pk for some in _chunks(listed) for key, pk in _inserted(model, names, some, by)}
    insert(model, names, listed)
    return _found(model, names, listed[0], by, shared) if listed else {}


def _inserted(
    model: type[models.Model], names: str, lines: Sequence[Sequence[Any]], by: str
) -> Sequence[tuple[Any, ...]]:
    start, one = _shape(model, names)
    statement = start + ", ".join([one] * len(lines))
    return _run(f"{statement} RETURNING {by}, id", chain.from_iterable(lines)).rows


def _found(model: type[models.Model], names: str, row: Sequence[Any], by: str, shared: str) -> dict[Any, int]:
    first = dict(zip(names.split(), row, strict=True))
    columns = {str(model._meta.get_field(name).column): first[name] for name in shared.split()}  # type: ignore[union-attr]  # a column's field
    found = " AND ".join(f"{column} = %s" for column in columns)
    return dict(rows(f"SELECT {by}, id FROM {model._meta.db_table} WHERE {found}", [*columns.values()]))


def _chunks(lines: Sequence[Sequence[Any]]) -> Iterator[Sequence[Sequence[Any]]]:
    return (lines[at : at + MOST_ROWS] for at in range(0, len(lines), MOST_ROWS))


def insert_one(model: type[models.Model], names: str, row: Sequence[Any]) -> int:
    """
    Insert one row and return its id.

    :raises IntegrityError: as the ORM would; the enclosing block is then marked for rollback
    """
    start, one = _shape(model, names)
    return cast(int, _run(start + one, row).told)


def insert_if(
    model: type[models.Model], names: str, row: Sequence[Any], *, found: str, parameters: Sequence[Any]
) -> int | None:
    """
    Insert one row if a SELECT finds one and return its id, else None: a guard and its write in one statement.

    :raises IntegrityError: as the ORM would; the enclosing block is then marked for rollback
    """
    quote = connection.ops.quote_name
    start, one = _shape(model, names)
    statement = f"{start.removesuffix('VALUES ')}SELECT {one[1:-1]} FROM ({found}) {quote('found')}"
    answer = _run(statement, [*row, *parameters])
    return answer.told if answer.touched else None


def execute(statement: str, parameters: Sequence[Any]) -> int:
    """Run one conditional UPDATE and return how many rows it changed."""
    return _run(statement, parameters).touched


@cache
def _move(vendor: str, table: str, column: str, also: str, where: str) -> str:
    if vendor == "sqlite":
        return f"UPDATE {table} SET {column} = {column} + %s{also} WHERE {where} RETURNING {column}"
    return f"UPDATE {table} SET {column} = LAST_INSERT_ID({column} + %s){also} WHERE {where}"


def move(table: str, column: str, by: int, parameters: Sequence[Any], *, where: str, also: str = "") -> int | None:
    """
    Add to a column of the one row that fits and return what it holds then, in one statement; None if no row fits.

    MariaDB, MySQL and TiDB tell it as they tell the id of an insert, since they cannot answer an UPDATE with rows.

    :param parameters: of `also`, further assignments after a comma, then of `where`
    """
    vendor = connection.vendor
    answer = _run(_move(vendor, table, column, also, where), [by, *parameters])
    if vendor == "sqlite":
        return answer.rows[0][0] if answer.rows else None
    return answer.told if answer.touched else None


def rows(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return what a SELECT finds, as the driver gives it: for ids, counts and words only."""
    return list(_run(statement, parameters).rows)
