"""What the sandbox remembers, in one small SQLite file: a restart keeps payments, refunds and unanswered notices."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS payments (
    out_trade_no TEXT PRIMARY KEY, request TEXT NOT NULL, prepay_id TEXT NOT NULL, state TEXT NOT NULL,
    created_at TEXT NOT NULL, transaction_id TEXT, paid_at TEXT
);
CREATE TABLE IF NOT EXISTS refunds (
    out_refund_no TEXT PRIMARY KEY, out_trade_no TEXT NOT NULL, request TEXT NOT NULL, refund_id TEXT NOT NULL,
    state TEXT NOT NULL, created_at TEXT NOT NULL, done_at TEXT, due REAL
);
CREATE TABLE IF NOT EXISTS notices (
    id TEXT PRIMARY KEY, subject TEXT NOT NULL, event TEXT NOT NULL, url TEXT NOT NULL, resource TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, due REAL, status INTEGER, body TEXT, UNIQUE (subject, event)
);
CREATE TABLE IF NOT EXISTS codes (code TEXT PRIMARY KEY, name TEXT NOT NULL, used INTEGER NOT NULL DEFAULT 0);
"""


class Store:
    """One connection behind one lock: every unit of work is short, and they never overlap."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {SCHEMA}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a unit of work alone; it happens whole or not at all."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def all(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Return every row of a query."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def one(self, sql: str, *values: Any) -> sqlite3.Row | None:
        """Return the first row of a query."""
        rows = self.all(sql, *values)
        return rows[0] if rows else None

    def count(self, table: str) -> int:
        """Return how many rows a table of ours has."""
        return int(self.all(f"SELECT count(*) AS n FROM {table}")[0]["n"])

    def run(self, sql: str, *values: Any) -> int:
        """Execute a statement and return how many rows it touched."""
        with self._lock:
            return self._db.execute(sql, values).rowcount

    def close(self) -> None:
        with self._lock:
            self._db.close()
