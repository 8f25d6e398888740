"""What a purchase must know about its buyer: one row, read once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from accounts.enums import MemberStatus
from accounts.models import Member, MemberProtection, Operator
from accounts.selectors.members import Standing
from blindbox.common import sql
from blindbox.system import audit

CONSENT = "记录监护人同意"
KINDS = ("day_fen", "month_fen", "day_draws", "month_draws")
_OWN = ", ".join(f"p.{prefix}{kind}" for prefix in ("", "next_") for kind in KINDS)
_BUYER = (
    f"SELECT m.id, m.epoch, m.status <> '{MemberStatus.ACTIVE}', m.birth_date, m.guardian_consent, "
    "p.rests_until, p.excluded_until, "
    f"EXISTS (SELECT 1 FROM {Operator.linked_members.through._meta.db_table} o WHERE o.member_id = m.id), "
    f"m.fair_ref, p.updated_at, p.next_from, {_OWN} FROM {Member._meta.db_table} m "
    f"LEFT JOIN {MemberProtection._meta.db_table} p ON p.member_id = m.id WHERE m.id = %s"
)
MAY_BUY_ROW = (  # for the write path: one row if a member who was seen to be admitted still is (docs/adr/0005)
    f"SELECT m.id FROM {Member._meta.db_table} m "
    f"LEFT JOIN {MemberProtection._meta.db_table} p ON p.member_id = m.id "
    f"WHERE m.id = %s AND m.status = '{MemberStatus.ACTIVE}' AND m.guardian_consent >= %s "
    "AND (m.birth_date IS NULL) = %s "  # it is stated once, so who stated one has the one that was seen
    "AND (p.updated_at = %s OR (p.updated_at IS NULL AND %s)) "  # with the limits that were seen
    "AND (p.rests_until IS NULL OR p.rests_until <= %s) AND (p.excluded_until IS NULL OR p.excluded_until <= %s) "
    f"AND NOT EXISTS (SELECT 1 FROM {Operator.linked_members.through._meta.db_table} o WHERE o.member_id = m.id)"
)


@dataclass(frozen=True)
class Limits:
    """The most that may be bought in a business day and a calendar month; None has no limit."""

    day_fen: int | None = None
    month_fen: int | None = None
    day_draws: int | None = None
    month_draws: int | None = None


def stricter(one: int | None, other: int | None) -> int | None:
    """Return the lower of two limits; None is no limit."""
    return min((most for most in (one, other) if most is not None), default=None)


@dataclass(frozen=True)
class Buyer(Standing):
    """
    A member as a purchase sees them. `protected_at` is when their protection was changed last, if it ever was; the
    limits that they set for themselves are `next` from the moment `next_from`, `present` before.
    """

    birth_date: date | None
    guardian_consent: bool
    rests_until: datetime | None
    excluded_until: datetime | None
    is_insider: bool
    fair_ref: str
    protected_at: datetime | None
    next_from: datetime | None
    present: Limits
    next: Limits

    def own(self, now: datetime) -> Limits:
        """Return the limits of their own that hold at a moment."""
        return self.next if self.next_from is not None and self.next_from <= now else self.present


def find_buyer(member_id: int) -> Buyer | None:
    """Return what a purchase must know of a member, with one query; None if there is no such member."""
    found = sql.rows(_BUYER, [member_id])
    if not found:
        return None
    [(pk, epoch, disabled, born, consent, rests, excluded, insider, fair_ref, changed, next_from, *own)] = found
    return Buyer(
        pk,
        epoch,
        bool(disabled),
        _date(born),
        bool(consent),
        _known(rests),
        _known(excluded),
        bool(insider),
        fair_ref,
        _known(changed),
        _known(next_from),
        Limits(*own[: len(KINDS)]),
        Limits(*own[len(KINDS) :]),
    )


def buyer(member_id: int) -> Buyer:
    """Return what a purchase must know of a member who exists, as whoever is logged in does."""
    found = find_buyer(member_id)
    if found is None:
        raise Member.DoesNotExist
    return found


@dataclass(frozen=True)
class Consents:
    """What guardians agreed to and took back, as staff recorded it, by member and in order."""

    said: Mapping[int, Sequence[tuple[datetime, bool]]]

    def at(self, member_id: int, moment: datetime) -> bool:
        """Tell whether a guardian's consent was on record at a moment."""
        return next((given for at, given in reversed(self.said.get(member_id, ())) if at <= moment), False)


def consents(member_ids: set[int]) -> Consents:
    """Return what the operation log says of guardians' consent to these members."""
    said: dict[int, list[tuple[datetime, bool]]] = {}
    for row in audit.logged("Member", CONSENT).filter(object_id__in=[str(pk) for pk in member_ids]):
        said.setdefault(int(row.object_id), []).append((row.created_at, bool(row.after.get("guardian_consent"))))
    return Consents(said)


def protection_of(member_id: int) -> MemberProtection | None:
    """Return what a member set up, if anything."""
    return MemberProtection.objects.filter(pk=member_id).first()


def _known(value: datetime | str | None) -> datetime | None:
    return None if value is None else _moment(value)


def _moment(value: datetime | str) -> datetime:
    """Return a moment as the ORM would: SQLite answers text, and neither driver a zone."""
    from_text = datetime.fromisoformat(value) if isinstance(value, str) else value
    return from_text if from_text.tzinfo else from_text.replace(tzinfo=connection.timezone)


def _date(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value
