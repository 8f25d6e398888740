"""What is decided about a buyer while their purchase is under way counts: it is looked at again as it is written."""

import json
from datetime import date, timedelta
from io import BytesIO

import pytest

from accounts.enums import MemberStatus
from accounts.errors import MemberDisabled
from accounts.services import bans
from accounts.services import protection as own
from activities.errors import (
    ExcludedByChoice,
    GuardianConsentRequired,
    InsiderMayNotDraw,
    LimitReached,
    RestingByChoice,
    Underage,
)
from activities.models import DrawAllowance, DrawLog
from activities.services import protection
from blindbox.system.audit import SYSTEM
from tests.activities.test_protection import born, counted, moved_nothing
from tests.factories.accounts import make_operator
from tests.factories.activities import NOW
from tests.factories.draws import buy, hold

pytestmark = pytest.mark.django_db


def disabled(member):
    bans.set_status(member_id=member.pk, status=MemberStatus.DISABLED, reason="作弊", actor=SYSTEM, now=NOW)


def excluded(member):
    own.exclude(member_id=member.pk, until=NOW + timedelta(days=1), now=NOW)


def resting(member):
    own.rest(member_id=member.pk, until=NOW + timedelta(days=1), now=NOW)


def consent_taken_back(member):
    own.record_consent(member_id=member.pk, given=False, reason="来电", actor=SYSTEM, now=NOW)


def linked(member):
    make_operator(username="ming").linked_members.add(member)


def lowered(member):
    own.set_limits(member_id=member.pk, limits={"day_draws": 0}, now=NOW)


@pytest.mark.parametrize("how", [buy, hold])
@pytest.mark.parametrize(
    ("meanwhile", "refusal"),
    [
        (disabled, MemberDisabled),
        (excluded, ExcludedByChoice),
        (resting, RestingByChoice),
        (consent_taken_back, GuardianConsentRequired),
        (linked, InsiderMayNotDraw),
        (lowered, LimitReached),
    ],
)
def test_what_is_decided_between_the_look_and_the_purchase_holds(member, box, monkeypatch, meanwhile, refusal, how):
    born(member, date(2012, 1, 1), consent=True)
    looked = protection.admit
    seen = []

    def look_and_then(**named):
        who = looked(**named)
        if not seen:
            seen.append(meanwhile(member))
        return who

    monkeypatch.setattr(protection, "admit", look_and_then)
    with pytest.raises(refusal):
        how(member, box, 1, now=NOW)
    assert seen
    assert moved_nothing(member)
    assert not DrawAllowance.objects.exists()


def stating(monkeypatch, member, birth_date):
    """Have a birth date stated right after the first look at who buys."""
    looked, seen = protection.admit, []

    def look_and_state(**named):
        seen.append(looked(**named))
        if len(seen) == 1:
            born(member, birth_date)
        return seen[-1]

    monkeypatch.setattr(protection, "admit", look_and_state)


@pytest.mark.parametrize("how", [buy, hold])
@pytest.mark.parametrize(
    ("birth_date", "refusal"), [(date(2021, 1, 1), Underage), (date(2012, 1, 1), GuardianConsentRequired)]
)
def test_a_child_who_says_so_between_the_look_and_the_purchase_is_refused(
    member, box, monkeypatch, birth_date, refusal, how
):
    stating(monkeypatch, member, birth_date)
    with pytest.raises(refusal):
        how(member, box, 1, now=NOW)
    assert moved_nothing(member)


def test_an_adult_who_says_so_between_the_look_and_the_purchase_buys(member, box, monkeypatch):
    stating(monkeypatch, member, date(2000, 1, 1))
    buy(member, box, 1, now=NOW)
    assert DrawLog.objects.count() == 1


class SlowBody(BytesIO):
    """A request's body that arrives after something else has happened."""

    def __init__(self, body, meanwhile):
        super().__init__(body)
        self.meanwhile = meanwhile

    def read(self, *size):
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        return super().read(*size)


def test_a_child_who_says_so_while_the_body_arrives_is_refused(app_client, member, box):
    """The member is read with the token, before the body: whoever sends it decides how long that takes."""
    body = json.dumps({"count": 1, "pay_with": "points", "client_nonce": "n"}).encode()
    arriving = SlowBody(body, lambda: born(member, date(2021, 1, 1)))
    sent = {"wsgi.input": arriving, "CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "application/json"}
    url = f"/api/app/activities/{box.activity_id}/issues/{box.pk}/draws"
    answer = app_client(member).post(url, HTTP_IDEMPOTENCY_KEY="k", **sent)
    assert (answer.status_code, answer.json()["code"]) == (403, "compliance.underage")
    assert arriving.meanwhile is None
    assert moved_nothing(member)


def test_who_lowers_a_limit_that_still_allows_it_buys(member, box, monkeypatch):
    own.set_limits(member_id=member.pk, limits={"day_draws": 9}, now=NOW - timedelta(days=1))
    looked, seen = protection.admit, []

    def look_and_lower(**named):
        seen.append(looked(**named))
        if len(seen) == 1:
            own.set_limits(member_id=member.pk, limits={"day_draws": 1}, now=NOW)
        return seen[-1]

    monkeypatch.setattr(protection, "admit", look_and_lower)
    buy(member, box, 1, now=NOW)
    assert [who.most.day_draws for who in seen] == [9, 1]
    assert (DrawLog.objects.count(), counted(member)["day_draws"]) == (1, 1)
    with pytest.raises(LimitReached):
        buy(member, box, 1, now=NOW)
    assert (DrawLog.objects.count(), counted(member)["day_draws"]) == (1, 1)


def test_an_adult_needs_no_consent_that_somebody_takes_back(member, box, monkeypatch):
    born(member, date(2000, 1, 1), consent=True)
    looked = protection.admit
    monkeypatch.setattr(protection, "admit", lambda **named: (looked(**named), consent_taken_back(member))[0])
    buy(member, box, 1, now=NOW)
    assert DrawLog.objects.count() == 1
