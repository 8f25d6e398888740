"""Points expire oldest first, computed from the ledger."""

from collections import deque
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import configs
from accounts.enums import PointKind
from accounts.models import PointAccount, PointEntry
from accounts.selectors.points import balance_of, older_than
from accounts.services import expiry, points
from accounts.tasks import expire_points
from blindbox.common.business_day import SHANGHAI
from blindbox.common.invariants import violations
from blindbox.common.ledger import Posting
from blindbox.system.audit import SYSTEM
from blindbox.system.configs import change
from tests.factories.accounts import make_invite, make_member

pytestmark = pytest.mark.django_db
TONIGHT = datetime(2026, 11, 22, 0, 20, tzinfo=SHANGHAI)
DAY = timedelta(days=1)


@pytest.fixture
def a_week(db):
    """Points live for seven days."""
    lives(7)


def lives(days):
    change(key=configs.POINT_LIFETIME_DAYS.key, value=days, actor=SYSTEM, now=TONIGHT - 400 * DAY)


def earn(member, delta, *, at, kind=PointKind.GENERAL, ref=None):
    posting = Posting(delta, "grant" if delta > 0 else "order", ref or f"{at.isoformat()}:{delta}")
    points.post(member_id=member.pk, postings=[posting], now=at, kind=kind)


def entries(member):
    rows = PointEntry.objects.filter(account__member=member, reason="expiry")
    return list(rows.values_list("delta", "balance_after", "ref", "note"))


def test_what_is_older_than_its_life_goes_in_one_entry(member, a_week):
    earn(member, 100, at=TONIGHT - 9 * DAY)
    earn(member, 20, at=TONIGHT - 8 * DAY)
    earn(member, 7, at=TONIGHT - 2 * DAY)
    assert expiry.expire(now=TONIGHT) == 1
    assert entries(member) == [(-120, 7, "expiry:2026-11-15", "2026-11-15 之前到账")]
    assert violations(["M1", "M3", "M4", "M6"]) == []


@pytest.mark.parametrize(
    ("at", "expired"),
    [
        (datetime(2026, 11, 14, 23, 59, 59, 999_999, tzinfo=SHANGHAI), 5),
        (datetime(2026, 11, 15, 0, 0, tzinfo=SHANGHAI), 0),
    ],
)
def test_the_last_day_is_a_day_in_shanghai(member, a_week, at, expired):
    earn(member, 5, at=at)
    assert expiry.expire(now=TONIGHT) == (expired > 0)
    assert balance_of(member.pk, now=TONIGHT).balance == 5 - expired


def test_the_oldest_are_spent_first(member, a_week):
    earn(member, 100, at=TONIGHT - 9 * DAY)
    earn(member, 50, at=TONIGHT - DAY)
    earn(member, -70, at=TONIGHT - timedelta(hours=1))
    assert expiry.expire(now=TONIGHT) == 1
    assert [delta for delta, *_ in entries(member)] == [-30]
    assert balance_of(member.pk, now=TONIGHT).balance == 50


def test_who_spent_more_than_the_old_loses_nothing(member, a_week):
    earn(member, 100, at=TONIGHT - 9 * DAY)
    earn(member, 50, at=TONIGHT - DAY)
    earn(member, -120, at=TONIGHT - timedelta(hours=1))
    assert expiry.expire(now=TONIGHT) == 0
    assert (entries(member), balance_of(member.pk, now=TONIGHT).balance) == ([], 30)


def test_a_repeat_takes_nothing(member, a_week):
    earn(member, 100, at=TONIGHT - 9 * DAY)
    assert [expiry.expire(now=TONIGHT + n * timedelta(minutes=1)) for n in range(3)] == [1, 0, 0]
    assert len(entries(member)) == 1


def test_each_night_takes_its_own(member, a_week):
    earn(member, 100, at=TONIGHT - 8 * DAY)
    earn(member, 30, at=TONIGHT - 7 * DAY)
    assert [expiry.expire(now=TONIGHT + n * DAY) for n in range(3)] == [1, 1, 0]
    assert [row[:3] for row in entries(member)] == [(-100, 30, "expiry:2026-11-15"), (-30, 0, "expiry:2026-11-16")]


def test_without_a_life_nothing_expires(member):
    earn(member, 100, at=TONIGHT - 3000 * DAY)
    assert expiry.expire(now=TONIGHT) == 0
    assert balance_of(member.pk, now=TONIGHT).expiring_soon == 0
    assert entries(member) == []


def test_points_of_the_mall_stay(member, a_week):
    earn(member, 100, at=TONIGHT - 9 * DAY, kind=PointKind.MALL)
    assert expiry.expire(now=TONIGHT) == 0
    assert balance_of(member.pk, now=TONIGHT).mall_balance == 100


def test_what_was_spent_since_the_look_is_not_taken(member, a_week, monkeypatch):
    """The list is read first; each account is looked at again once it is ours."""
    earn(member, 100, at=TONIGHT - 9 * DAY)
    held = points.hold_account

    def spend_and_hold(**named):
        earn(member, -60, at=TONIGHT)
        monkeypatch.setattr(points, "hold_account", held)
        held(**named)

    monkeypatch.setattr(points, "hold_account", spend_and_hold)
    assert expiry.expire(now=TONIGHT) == 1
    assert [delta for delta, *_ in entries(member)] == [-40]
    assert violations(["M1", "M3", "M4"]) == []


def test_one_whose_points_cannot_be_taken_spares_no_other(member, make_member, a_week, caplog):
    """The first has an entry of this night already, though not by this night's rule."""
    other = make_member()
    for each in (member, other):
        earn(each, 100, at=TONIGHT - 9 * DAY)
    points.post(member_id=member.pk, postings=[Posting(-1, "expiry", "expiry:2026-11-15")], now=TONIGHT)
    assert expiry.expire(now=TONIGHT) == 1
    assert [delta for delta, *_ in entries(member)] == [-1]
    assert [delta for delta, *_ in entries(other)] == [-100]
    said = f"Member {member.pk}: old points cannot be taken"
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [said]


def test_the_task_takes_what_is_old_today(member, a_week, time_machine):
    earn(member, 100, at=TONIGHT - 9 * DAY)
    time_machine.move_to(TONIGHT)
    expire_points()
    assert [delta for delta, *_ in entries(member)] == [-100]


def test_the_member_sees_what_expires_within_thirty_days(app_client, member, time_machine):
    lives(365)
    earn(member, 100, at=TONIGHT - 340 * DAY)
    earn(member, 50, at=TONIGHT - 100 * DAY)
    earn(member, -30, at=TONIGHT - 90 * DAY)
    time_machine.move_to(TONIGHT)
    answer = app_client(member).get("/api/app/users/me/points/balance").json()
    assert answer == {"balance": 120, "mall_balance": 0, "pending": 0, "expiring_soon": 70, "debt": 0}


def test_a_promised_reward_is_pending_until_it_is_posted(app_client, member):
    later = member.created_at + DAY
    make_invite(inviter=member, invitee=make_member(now=later), promised_points=100)
    make_invite(
        inviter=member, invitee=make_member(now=later), promised_points=80, rewarded_points=80, rewarded_at=later
    )
    assert app_client(member).get("/api/app/users/me/points/balance").json()["pending"] == 100


def test_an_expiry_that_took_too_much_is_named(member, a_week):
    earn(member, 100, at=TONIGHT - 9 * DAY)
    earn(member, 50, at=TONIGHT - DAY)
    now = datetime.now(tz=SHANGHAI)
    points.post(member_id=member.pk, postings=[Posting(-120, "expiry", "expiry:2026-11-15")], now=now)
    [found] = violations(["M4"])
    assert "过期 120，按先进先出应为 100" in str(found)


def oldest_first(moves, since):
    """Return what is left of the points from before `since`, by taking lots apart one by one."""
    lots = deque()
    for at, delta in moves:
        if delta > 0:
            lots.append([at, delta])
        owed = max(0, -delta)
        while owed:
            taken = min(lots[0][1], owed)
            lots[0][1] -= taken
            owed -= taken
            if not lots[0][1]:
                lots.popleft()
    return sum(amount for at, amount in lots if at < since)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(-40, 40).filter(bool)), min_size=1, max_size=12))
def test_the_ledger_says_what_lots_would(db, moves):
    member, done, balance = make_member(), [], 0
    for number, (days_ago, delta) in enumerate(sorted(moves, key=lambda move: -move[0])):
        if balance + delta < 0:
            continue
        at = TONIGHT - days_ago * DAY
        earn(member, delta, at=at, ref=f"{number}")
        done.append((at, delta))
        balance += delta
    since = TONIGHT - 7 * DAY
    mine = PointAccount.objects.filter(member=member, kind=PointKind.GENERAL)
    assert older_than(since, mine).get().old == oldest_first(done, since)
