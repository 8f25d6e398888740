"""Members set limits for themselves, pause or exclude themselves; staff record a guardian's consent."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from accounts.errors import ProtectionFixed
from accounts.models import Member, MemberProtection
from accounts.selectors import member_or_404
from accounts.selectors.protection import CONSENT, KINDS, stricter
from blindbox.common.retry import TryAgain, in_transaction, refusing_duplicates
from blindbox.system import audit

RAISED_AFTER = timedelta(hours=24)


def _row(member_id: int, *, now: datetime) -> MemberProtection:
    """Return the member's row, taken by a write, made if it is the first time."""
    mine = MemberProtection.objects.filter(pk=member_id)
    if not mine.update(updated_at=now):
        with refusing_duplicates(TryAgain):
            MemberProtection.objects.create(pk=member_id, created_at=now, updated_at=now)
    return mine.get()


@in_transaction
def set_limits(*, member_id: int, limits: Mapping[str, int | None], now: datetime) -> MemberProtection:
    """
    Set a member's own limits; None lifts one. What is lowered holds at once, what is raised after a day of thought.

    `limits` may hold `day_fen`, `month_fen`, `day_draws`, `month_draws`; others stay.
    """
    row = _row(member_id, now=now)
    _settle_raised(row, now=now)
    wanted = {kind: limits.get(kind, _next(row, kind)) for kind in KINDS}
    held = {kind: getattr(row, kind) for kind in KINDS}
    for kind, most in wanted.items():
        setattr(row, f"next_{kind}", most)
        setattr(row, kind, stricter(held[kind], most))
    row.next_from = now + RAISED_AFTER if any(getattr(row, kind) != wanted[kind] for kind in KINDS) else None
    row.updated_at = now
    row.save()
    return row


def _settle_raised(row: MemberProtection, *, now: datetime) -> None:
    """Let what was raised a day ago hold."""
    if row.next_from is not None and row.next_from <= now:
        for kind in KINDS:
            setattr(row, kind, getattr(row, f"next_{kind}"))
        row.next_from = None


def _next(row: MemberProtection, kind: str) -> int | None:
    most: int | None = getattr(row, f"next_{kind}" if row.next_from else kind)
    return most


@in_transaction
def rest(*, member_id: int, until: datetime, now: datetime) -> MemberProtection:
    """
    Pause a member's purchases at their own wish.

    :raises ProtectionFixed: if a longer pause runs already
    """
    return _extend(member_id, "rests_until", until, now=now)


@in_transaction
def exclude(*, member_id: int, until: datetime, now: datetime) -> MemberProtection:
    """
    Exclude a member at their own wish; nobody can shorten it.

    :raises ProtectionFixed: if a longer exclusion runs already
    """
    return _extend(member_id, "excluded_until", until, now=now)


def _extend(member_id: int, column: str, until: datetime, *, now: datetime) -> MemberProtection:
    row = _row(member_id, now=now)
    known: datetime | None = getattr(row, column)
    if known is not None and known > until:
        raise ProtectionFixed(until=known)
    MemberProtection.objects.filter(pk=member_id).update(**{column: until})
    return MemberProtection.objects.get(pk=member_id)


@in_transaction
def record_consent(*, member_id: int, given: bool, reason: str, actor: audit.Actor, now: datetime) -> None:
    """
    Record that a guardian agreed to a minor's purchases, or took that back; `reason` says how staff know.

    :raises NotFound: if there is no such member
    """
    member = member_or_404(member_id)
    _row(member_id, now=now)
    Member.objects.filter(pk=member_id).update(guardian_consent=given, updated_at=now)
    noted = {"consented_at": now if given else None, "consent_note": reason}
    MemberProtection.objects.filter(pk=member_id).update(**noted)
    before, after = {"guardian_consent": member.guardian_consent}, {"guardian_consent": given}
    change = audit.Change(CONSENT, "Member", member_id, member.nickname, before, after, reason)
    audit.record(change, actor=actor, now=now)
