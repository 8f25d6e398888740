"""Plant what the tables refuse, so that a test can see it found."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_OFF = {"sqlite": "PRAGMA ignore_check_constraints = ON", "mysql": "SET SESSION check_constraint_checks = 0"}
_ON = {"sqlite": "PRAGMA ignore_check_constraints = OFF", "mysql": "SET SESSION check_constraint_checks = 1"}


@contextmanager
def unchecked() -> Iterator[None]:
    """Switch CHECK constraints off on this connection, as a database that ignores them does (TiDB)."""
    with connection.cursor() as cursor:
        cursor.execute(_OFF[connection.vendor])
        yield
        cursor.execute(_ON[connection.vendor])
