"""Members, one by one and as cards."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from accounts.enums import MemberStatus
from accounts.errors import MemberDisabled
from accounts.models import Member
from blindbox.common import sql
from blindbox.common.errors import NotFound

YOUNGEST, ADULT_YEARS = 8, 18  # years: who may buy at all, and who needs no guardian
_STANDING = f"SELECT id, epoch, status <> '{MemberStatus.ACTIVE}' FROM {Member._meta.db_table} WHERE id = %s"


@dataclass(frozen=True)
class Standing:
    """Whether a member's tokens let them in, as each request reads it; `epoch` rises when all of them are revoked."""

    id: int
    epoch: int
    is_disabled: bool


@dataclass(frozen=True)
class MemberCard:
    """What one member may see of another."""

    id: int
    nickname: str
    avatar_url: str


def standing_of(member_id: int) -> Standing | None:
    """Return whether a member may come in, with one query; None if there is no such member."""
    found = sql.rows(_STANDING, [member_id])
    return Standing(found[0][0], found[0][1], bool(found[0][2])) if found else None


def age_on(day: date, *, born: date) -> int:
    """Return full years; whoever was born on 29 February has their birthday on 1 March in other years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def is_minor(member_id: int, *, on: date) -> bool:
    """Tell whether a member is under age on a day, as far as they said when they were born."""
    born = Member.objects.filter(pk=member_id).values_list("birth_date", flat=True).first()
    return born is not None and age_on(on, born=born) < ADULT_YEARS


def member_names(ids: Iterable[int]) -> dict[int, MemberCard]:
    """Return the cards of several members by id, with one query."""
    rows = Member.objects.filter(pk__in=set(ids)).values_list("pk", "nickname", "avatar_url")
    return {pk: MemberCard(id=pk, nickname=nickname, avatar_url=avatar) for pk, nickname, avatar in rows}


def member_or_404(member_id: int) -> Member:
    """:raises NotFound: if there is no such member"""
    member = Member.objects.filter(pk=member_id).first()
    if member is None:
        raise NotFound
    return member


def require_active(member_id: int) -> None:
    """
    Refuse whoever could not log in themselves.

    :raises NotFound: if there is no such member
    :raises MemberDisabled: if they are disabled
    """
    standing = standing_of(member_id)
    if standing is None:
        raise NotFound
    if standing.is_disabled:
        raise MemberDisabled


def fair_ref_of(member_id: int) -> str:
    """Return the name under which a member's draws are derived: random, fixed at registration, not the openid."""
    return Member.objects.values_list("fair_ref", flat=True).get(pk=member_id)


def openid_of(member_id: int) -> str:
    """Return who pays at WeChat."""
    return Member.objects.values_list("openid", flat=True).get(pk=member_id)
