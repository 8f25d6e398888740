"""Who may buy, and how much: insiders, children, whoever paused or excluded themselves; limits by day and month."""

from dataclasses import dataclass
from datetime import datetime

from accounts.errors import MemberDisabled
from accounts.selectors.members import ADULT_YEARS, YOUNGEST, age_on
from accounts.selectors.protection import Buyer, Limits, buyer
from activities.errors import (
    BirthDateRequired,
    ExcludedByChoice,
    GuardianConsentRequired,
    InsiderMayNotDraw,
    RestingByChoice,
    Underage,
)
from activities.services import allowances
from activities.settings import REQUIRE_BIRTH_DATE
from blindbox.common.business_day import business_day
from blindbox.system.configs import value_of


@dataclass(frozen=True)
class Admitted:
    """
    A member who may buy, what their name in the draws is derived from, and how much they may buy at most; a minor only
    while a guardian consents. `protected_at` is when their protection, as it was read, had been changed last.
    """

    member_id: int
    fair_ref: str
    most: Limits
    is_minor: bool = False
    protected_at: datetime | None = None
    age_is_unknown: bool = False

    def still(self, now: datetime) -> list[object]:
        """Return the parameters of `MAY_BUY_ROW`, the same question for the moment in which the purchase is written."""
        seen = [self.is_minor, self.age_is_unknown, self.protected_at, self.protected_at is None]
        return [self.member_id, *seen, now, now]


def admit(*, member_id: int, now: datetime, seen: Buyer | None = None) -> Admitted:
    """
    Return how much this member may buy, if anything; `seen` if the request has looked at them already.

    :raises MemberDisabled: if the member was disabled since the request began
    :raises InsiderMayNotDraw: if the member is linked to an operator
    :raises Underage, GuardianConsentRequired, BirthDateRequired: for a child, as SAMR's guideline on blind boxes asks
    :raises RestingByChoice, ExcludedByChoice: if the member wished not to buy for a while
    """
    who = seen if seen is not None and seen.id == member_id else buyer(member_id)
    if who.is_disabled:
        raise MemberDisabled
    if who.is_insider:
        raise InsiderMayNotDraw
    minor = _is_minor(who, now=now)
    if who.excluded_until is not None and now < who.excluded_until:
        raise ExcludedByChoice(until=who.excluded_until)
    if who.rests_until is not None and now < who.rests_until:
        raise RestingByChoice(until=who.rests_until)
    most = allowances.limits(who.own(now), minor=minor)
    return Admitted(member_id, who.fair_ref, most, minor, who.protected_at, who.birth_date is None)


def _is_minor(who: Buyer, *, now: datetime) -> bool:
    if who.birth_date is None:
        if value_of(REQUIRE_BIRTH_DATE):
            raise BirthDateRequired
        return False
    age = age_on(business_day(now), born=who.birth_date)
    if age < YOUNGEST:
        raise Underage
    if age < ADULT_YEARS and not who.guardian_consent:
        raise GuardianConsentRequired
    return age < ADULT_YEARS
