"""Buyer's protection: who may not buy, how much at most, and that a refusal moves nothing."""

from datetime import date, timedelta

import pytest

from accounts.models import Member
from accounts.selectors.members import age_on
from accounts.services import protection as own
from activities.errors import (
    BirthDateRequired,
    ExcludedByChoice,
    GuardianConsentRequired,
    LimitReached,
    RestingByChoice,
    Underage,
)
from activities.models import DrawAllowance, DrawLog
from activities.services import allowances, holds, refunding
from blindbox.system.audit import SYSTEM
from blindbox.system.configs import change
from blindbox.system.models import OperationLog
from orders.enums import PayWith
from orders.models import Order
from orders.services import lifecycle
from tests.factories.activities import NOW, open_box
from tests.factories.draws import buy, hold, pay, settle

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)


def set_to(key, value):
    change(key=key, value=value, actor=SYSTEM, now=NOW)


def born(member, birth_date, *, consent=False):
    Member.objects.filter(pk=member.pk).update(birth_date=birth_date, guardian_consent=consent)


def moved_nothing(member):
    account = member.point_accounts.get(kind="general")
    return (account.balance, Order.objects.count(), DrawLog.objects.count()) == (1_000_000, 0, 0)


def counted(member, *, now=NOW):
    return allowances.used(member.pk, now=now)


@pytest.mark.parametrize(
    ("birth_date", "consent", "refusal"),
    [
        (date(2018, 11, 23), True, Underage),  # seven until tomorrow, whatever a guardian says
        (date(2018, 11, 22), False, GuardianConsentRequired),
        (date(2008, 11, 23), False, GuardianConsentRequired),
    ],
)
def test_children_are_refused_by_their_age(member, box, birth_date, consent, refusal):
    born(member, birth_date, consent=consent)
    for pay_with in (buy, hold):
        with pytest.raises(refusal):
            pay_with(member, box, 1, now=NOW)
    assert moved_nothing(member)
    assert not DrawAllowance.objects.exists()


@pytest.mark.parametrize(
    ("birth_date", "consent"), [(date(2018, 11, 22), True), (date(2008, 11, 22), False), (None, False)]
)
def test_others_buy(member, box, birth_date, consent):
    born(member, birth_date, consent=consent)
    buy(member, box, 1, now=NOW)
    assert DrawLog.objects.count() == 1


def test_a_leap_days_child_comes_of_age_on_the_first_of_march():
    assert (age_on(date(2026, 2, 28), born=date(2008, 2, 29)), age_on(date(2026, 3, 1), born=date(2008, 2, 29))) == (
        17,
        18,
    )


def test_an_unknown_age_may_be_asked_for(member, box):
    set_to("compliance.require_birth_date", True)
    with pytest.raises(BirthDateRequired):
        buy(member, box, 1, now=NOW)
    assert moved_nothing(member)


def test_consent_is_recorded_with_who_and_why_and_can_be_taken_back(member, box):
    born(member, date(2012, 1, 1))
    own.record_consent(member_id=member.pk, given=True, reason="电话核实 A17", actor=SYSTEM, now=NOW)
    buy(member, box, 1, now=NOW)
    own.record_consent(member_id=member.pk, given=False, reason="家长来电", actor=SYSTEM, now=NOW)
    with pytest.raises(GuardianConsentRequired):
        buy(member, box, 1, now=NOW)
    logged = OperationLog.objects.filter(action="记录监护人同意").order_by("pk")
    assert list(logged.values_list("reason", flat=True)) == ["电话核实 A17", "家长来电"]


# limits: a draw is 6000 fen or 600 points


@pytest.mark.parametrize(
    ("key", "most", "kind"),
    [
        ("day_draws", 3, "day_draws"),
        ("month_draws", 3, "month_draws"),
        ("day_fen", 18_000, "day_fen"),
        ("month_fen", 23_999, "month_fen"),
    ],
)
def test_a_limit_is_reached_exactly(member, box, key, most, kind):
    set_to(f"protection.adult_{key}", most)
    pay(order_id := hold(member, box, 3, now=NOW), now=NOW)
    settle(order_id, now=NOW)
    with pytest.raises(LimitReached) as refusal:
        hold(member, box, 1, now=NOW)
    used = 3 if key.endswith("draws") else 18_000
    assert (refusal.value.details["kind"], refusal.value.details["limit"], refusal.value.details["used"]) == (
        kind,
        most,
        used,
    )
    assert counted(member) == {"day_fen": 18_000, "month_fen": 18_000, "day_draws": 3, "month_draws": 3}
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("day", "month", "kind", "used"),
    [
        ((4, 10), (98, 100), "month_draws", 98),  # after the day counted, it looks as full as the month
        ((9, 10), (40, 100), "day_draws", 9),
        ((8, 10), (95, 100), "day_draws", 8),  # after the month counted, which looks full then
        ((8, 10), (98, 100), "day_draws", 8),
        ((None, 10), (98, 100), "month_draws", 98),
        ((None, 3), (40, 100), "day_draws", 0),
    ],
)
@pytest.mark.parametrize("how", [buy, hold])
def test_the_limit_that_refuses_is_named_as_it_was_before_the_purchase(member, box, how, day, month, kind, used):
    most = {"day_draws": day[1], "month_draws": month[1]}
    own.set_limits(member_id=member.pk, limits=most, now=NOW)
    periods = dict(zip(allowances.Bought(member.pk, 0, 0, NOW).periods, (day[0], month[0]), strict=True))
    rows = [DrawAllowance(member=member, period=each, draws=n) for each, n in periods.items() if n is not None]
    DrawAllowance.objects.bulk_create(rows)
    with pytest.raises(LimitReached) as refusal:
        how(member, box, 5, now=NOW)
    told = {name: refusal.value.details[name] for name in ("kind", "limit", "used")}
    assert told == {"kind": kind, "limit": most[kind], "used": used}
    assert moved_nothing(member)
    assert (counted(member)["day_draws"], counted(member)["month_draws"]) == (day[0] or 0, month[0])


def test_points_count_as_draws_and_not_as_money(member, box):
    set_to("protection.adult_day_fen", 1)
    buy(member, box, 2, now=NOW)
    assert counted(member) == {"day_fen": 0, "month_fen": 0, "day_draws": 2, "month_draws": 2}


def test_a_day_and_a_month_end_in_shanghai(member, box):
    set_to("protection.adult_day_draws", 1)
    late = NOW.replace(hour=15, minute=59, second=59)  # 23:59:59 there
    buy(member, box, 1, now=late)
    with pytest.raises(LimitReached):
        buy(member, box, 1, now=late)
    buy(member, box, 1, now=late + timedelta(seconds=1))
    assert DrawAllowance.objects.filter(member=member).count() == 3  # two days, one month
    assert counted(member, now=late + timedelta(seconds=1)) == {
        "day_fen": 0,
        "month_fen": 0,
        "day_draws": 1,
        "month_draws": 2,
    }


def test_minors_have_limits_of_their_own(member, box):
    born(member, date(2012, 1, 1), consent=True)
    set_to("protection.minor_day_draws", 1)
    buy(member, box, 1, now=NOW)
    with pytest.raises(LimitReached):
        buy(member, box, 1, now=NOW)


def test_what_was_not_paid_or_was_refunded_does_not_count(member, box):
    held = hold(member, box, 2, now=NOW)
    assert counted(member)["day_fen"] == 12_000
    lifecycle.close_if_expired(order_id=held, now=NOW + timedelta(minutes=4))
    assert holds.release(order_id=held, now=NOW + timedelta(minutes=5))
    assert counted(member)["day_fen"] == 0
    drawn = buy(member, box, 3, now=NOW)
    refunding.refund_order(order_id=drawn, reason="错买", actor=SYSTEM, now=NOW + timedelta(days=1))
    assert counted(member) == {"day_fen": 0, "month_fen": 0, "day_draws": 0, "month_draws": 0}


def test_money_that_comes_late_is_counted_and_never_turned_away(member, box):
    held = hold(member, box, 2, now=NOW)
    later = NOW + timedelta(minutes=5)
    lifecycle.close_if_expired(order_id=held, now=later)
    holds.release(order_id=held, now=later)
    set_to("protection.adult_day_draws", 1)
    pay(held, now=later)
    settle(held, now=later, late=True)
    assert DrawLog.objects.count() == 2
    assert counted(member)["day_draws"] == 2


# members' own limits


def test_an_own_limit_is_lowered_at_once_and_raised_after_a_day(member, box):
    own.set_limits(member_id=member.pk, limits={"day_draws": 1}, now=NOW)
    buy(member, box, 1, now=NOW)
    with pytest.raises(LimitReached):
        buy(member, box, 1, now=NOW)
    own.set_limits(member_id=member.pk, limits={"day_draws": None}, now=NOW)
    almost = NOW + timedelta(hours=24, seconds=-1)
    buy(member, box, 1, now=almost)
    with pytest.raises(LimitReached):
        buy(member, box, 1, now=almost)
    buy(member, box, 3, now=NOW + timedelta(hours=24))
    assert DrawLog.objects.count() == 5


def test_lowering_one_limit_keeps_what_waits_for_another(member):
    own.set_limits(member_id=member.pk, limits={"day_draws": 5, "day_fen": 100}, now=NOW)
    own.set_limits(member_id=member.pk, limits={"day_draws": 9}, now=NOW)
    row = own.set_limits(member_id=member.pk, limits={"day_fen": 50}, now=NOW)
    assert (row.day_draws, row.next_day_draws, row.day_fen, row.next_day_fen) == (5, 9, 50, 50)
    row = own.set_limits(member_id=member.pk, limits={}, now=NOW + timedelta(hours=24))
    assert (row.day_draws, row.day_fen, row.next_from) == (9, 50, None)


@pytest.mark.parametrize(("wish", "refusal"), [(own.rest, RestingByChoice), (own.exclude, ExcludedByChoice)])
def test_who_wishes_not_to_buy_cannot_until_then_nor_shorten_it(member, box, wish, refusal):
    until = NOW + timedelta(days=7)
    wish(member_id=member.pk, until=until, now=NOW)
    for pay_with in (PayWith.POINTS, PayWith.WEIXIN):
        with pytest.raises(refusal):
            {PayWith.POINTS: buy, PayWith.WEIXIN: hold}[pay_with](member, box, 1, now=until - timedelta(seconds=1))
    with pytest.raises(own.ProtectionFixed):
        wish(member_id=member.pk, until=NOW + timedelta(days=6), now=NOW)
    assert moved_nothing(member)
    buy(member, box, 1, now=until)


def test_a_hold_of_before_is_still_drawn(member, box):
    held = hold(member, box, 1, now=NOW)
    own.exclude(member_id=member.pk, until=NOW + timedelta(days=7), now=NOW)
    pay(held, now=NOW)
    settle(held, now=NOW)
    assert DrawLog.objects.count() == 1


def test_the_routes(app_client, member, make_member):
    client, url = app_client(member), "/api/app/users/me/protection"
    assert client.get(url).json()["limits"] == {
        "day_fen": None,
        "month_fen": None,
        "day_draws": None,
        "month_draws": None,
    }
    answer = client.put(url, {"day_fen": 10_000, "month_draws": 0})
    assert (answer.status_code, answer.json()["limits"]["day_fen"], answer.json()["next_limits"]) == (200, 10_000, None)
    raised = client.put(url, {"day_fen": 20_000}).json()
    assert (raised["limits"]["day_fen"], raised["next_limits"]["day_fen"]) == (10_000, 20_000)
    for wrong in ({"day_fen": -1}, {"day_fen": 1.5}, {"day_draws": "3"}, {"day_draws": True}, {"day_fen": 2**63}):
        assert client.put(url, wrong).json()["code"] == "common.invalid"
    assert client.get(url).json()["limits"]["day_fen"] == 10_000
    assert client.post(f"{url}/rest", {"hours": 0}).status_code == 400
    assert client.post(f"{url}/rest", {"hours": 24}).json()["rests_until"] is not None
    assert client.post(f"{url}/exclusion", {"days": 30}).json()["excluded_until"] is not None
    assert client.post(f"{url}/exclusion", {"days": 29}).json()["code"] == "compliance.already_longer"
    other = make_member()
    assert client.get(f"/api/app/users/{other.pk}/protection").status_code == 403


def test_each_refusal_has_its_own_code(app_client, member):
    issue = open_box()
    url = f"/api/app/activities/{issue.activity_id}/issues/{issue.pk}/draws"
    body = {"count": 1, "pay_with": "points", "client_nonce": "n"}

    def code():
        return app_client(member).post(url, body, HTTP_IDEMPOTENCY_KEY="k").json()["code"]

    born(member, date(2025, 1, 1))
    assert code() == "compliance.underage"
    born(member, date(2012, 1, 1))
    assert code() == "compliance.guardian_consent_required"
    born(member, None)
    set_to("protection.adult_day_draws", 0)
    own.set_limits(member_id=member.pk, limits={"day_draws": 0}, now=NOW)
    assert code() == "draw.limit_reached"
