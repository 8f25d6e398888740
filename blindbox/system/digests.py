"""
M7 of docs/guarantees.md: append-only tables stay as they were. Every closed business day has a digest of its entries;
apps register their tables here.
"""

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db.models import Model

from blindbox.common.business_day import business_day, day_bounds
from blindbox.common.reading import pages
from blindbox.common.retry import TryAgain, in_transaction, refusing_duplicates
from blindbox.system.models import LedgerDigest

logger = logging.getLogger(__name__)

STILL_COMMITTING = timedelta(hours=1)  # an entry of yesterday may have committed a moment after midnight


@dataclass(frozen=True)
class Ledger:
    """An append-only table: its columns, none of which ever changes, and the one that says when."""

    model: type[Model]
    columns: tuple[str, ...]
    moment: str

    @property
    def name(self) -> str:
        return self.model._meta.db_table

    @property
    def label(self) -> str:
        return str(self.model._meta.verbose_name)


@dataclass
class Day:
    """The entries of one day, as they are now."""

    entries: int = 0
    content: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def add(self, row: tuple[Any, ...]) -> None:
        self.entries += 1
        self.content.update(json.dumps(row, ensure_ascii=False, sort_keys=True, default=_plain).encode() + b"\n")

    def digest_after(self, previous: str, day: date) -> str:
        text = f"{previous}\n{day.isoformat()}\n{self.entries}\n{self.content.hexdigest()}"
        return hashlib.sha256(text.encode()).hexdigest()


_ledgers: dict[str, Ledger] = {}


def register(model: type[Model], columns: str, *, moment: str) -> None:
    """Name an append-only table, its columns, and which of them says when an entry was made."""
    ledger = Ledger(model, tuple(columns.split()), moment)
    _ledgers[ledger.name] = ledger


def registered() -> list[Ledger]:
    return [_ledgers[name] for name in sorted(_ledgers)]


def close_days(*, now: datetime) -> None:
    """Write the digests of every day that is over and has none yet; a ledger that fails keeps no other from it."""
    for ledger in registered():
        try:
            _close_days(ledger, until=business_day(now - STILL_COMMITTING), now=now)
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            logger.exception("The days of ledger %s could not be closed", ledger.name)


@in_transaction
def _close_days(ledger: Ledger, *, until: date, now: datetime) -> None:
    last = LedgerDigest.objects.filter(ledger=ledger.name).order_by("-day").first()
    found = _days(ledger, since=last.day + timedelta(days=1) if last else None, until=until)
    previous, made = last.digest if last else "", []
    for day in _every_day(last.day + timedelta(days=1) if last else min(found, default=until), until):
        held = found.get(day, Day())
        entries, previous = held.entries, held.digest_after(previous, day)
        made.append(LedgerDigest(ledger=ledger.name, day=day, entries=entries, digest=previous, created_at=now))
        logger.info("Ledger %s of %s: %s entries, digest %s", ledger.name, day, entries, previous)
    with refusing_duplicates(TryAgain):  # another worker closed them at the same moment
        LedgerDigest.objects.bulk_create(made)


def _every_day(first: date, until: date) -> Iterable[date]:
    """Yield every day of the range, so that nothing can be slipped into a day that had no entry either."""
    return (first + timedelta(days=n) for n in range((until - first).days))


def discrepancies() -> Iterable[str]:
    """Yield the closed days whose entries are not what they were when the day was closed."""
    for ledger in registered():
        stored = list(LedgerDigest.objects.filter(ledger=ledger.name).order_by("day"))
        if stored:
            found = _days(ledger, since=None, until=stored[-1].day + timedelta(days=1))
            yield from _changed(ledger, stored, found)


def _changed(ledger: Ledger, stored: Iterable[LedgerDigest], found: Mapping[date, Day]) -> Iterable[str]:
    previous, known = "", set()
    for row in stored:
        now = found.get(row.day, Day())
        if now.entries != row.entries:
            yield f"{ledger.label} {row.day}：当日结束时有 {row.entries} 条，现有 {now.entries} 条"
        elif now.digest_after(previous, row.day) != row.digest:
            yield f"{ledger.label} {row.day}：{row.entries} 条的内容或摘要被改动过"
        previous = row.digest
        known.add(row.day)
    for day in sorted(found.keys() - known):
        yield f"{ledger.label} {day}：有 {found[day].entries} 条，当日结束时没有"


def _days(ledger: Ledger, *, since: date | None, until: date) -> dict[date, Day]:
    """Return the entries of each day before `until`, read in the order of their keys."""
    rows = ledger.model._default_manager.filter(**{f"{ledger.moment}__lt": day_bounds(until)[0]})
    if since is not None:
        rows = rows.filter(**{f"{ledger.moment}__gte": day_bounds(since)[0]})
    found: dict[date, Day] = {}
    for page in pages(rows, ledger.moment, *ledger.columns):
        for row in page:
            found.setdefault(business_day(row[1]), Day()).add(row)
    return found


def _plain(value: Any) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
