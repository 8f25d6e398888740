"""Take a guard away, to see that the race was won by it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection, models


@contextmanager
def without_unique(model: type[models.Model], *columns: str) -> Iterator[None]:
    """Drop the unique key over these columns; everything is emptied before it comes back."""
    table = model._meta.db_table
    name, listed = _unique_key(table, columns), ", ".join(map(connection.ops.quote_name, columns))
    _execute(f"CREATE INDEX stand_in ON {table} ({listed})", f"DROP INDEX {name} ON {table}")
    try:
        yield
    finally:
        call_command("flush", interactive=False, verbosity=0)
        _execute(f"CREATE UNIQUE INDEX {name} ON {table} ({listed})", f"DROP INDEX stand_in ON {table}")


def _unique_key(table: str, columns: tuple[str, ...]) -> str:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
    return next(name for name, key in found.items() if key["unique"] and key["columns"] == list(columns))


def _execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
