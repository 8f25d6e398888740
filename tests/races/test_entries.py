"""What entitles to a draw of the tool is used once under simultaneous use: an amount, a pass, a turn; with controls."""

from datetime import timedelta
from functools import partial

import pytest
from django.db.models import F

from activities.errors import AmountUsed, LimitReached, PassDoesNotFit
from activities.models import LevelPass, SessionDraw, SessionTally
from activities.services import verifying
from activities.services.glue import delivering, passes, tallies
from blindbox.common.invariants import violations
from blindbox.system.audit import SYSTEM
from tests.factories.accounts import make_member
from tests.factories.glue import LEVELS, SURE, deliver, draw, make_tool, open_session, paid_order, points
from tests.races.conftest import Meeting, run_together
from tests.races.guards import without_unique
from tests.races.paying import errors

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
MINUTE = timedelta(minutes=1)
ANY_AMOUNT = [points("A", odds_ppm=1_000_000)]


@pytest.fixture
def member(now):
    return make_member(points_balance=1_000, now=now)


def all_is_well(now):
    deliver(now=now)
    assert violations() == []
    assert list(verifying.discrepancies()) == []


# an amount


def name_at_once(member, now, times):
    activity = make_tool("amount_range", now=now)
    open_session(activity, ANY_AMOUNT, now=now)
    ref = f"order:{paid_order(member, now=now).order_no}"
    return run_together(*[partial(draw, member, activity, now=now, amount_ref=ref)] * times)


def test_one_order_that_sixteen_draws_name_serves_one(member, now):
    results = name_at_once(member, now, 16)
    assert (errors(results, AmountUsed), errors(results, Exception)) == (15, 15)
    assert (SessionDraw.objects.count(), SessionTally.objects.get(subject__startswith="activity").used) == (1, 1)
    all_is_well(now)


def test_control_without_the_unique_source_each_draws(member, now):
    with without_unique(SessionDraw, "activity_id", "amount_ref"):
        results = name_at_once(member, now, 6)
        assert errors(results, Exception) == 0
        assert (SessionDraw.objects.count(), SessionDraw.objects.values("amount_ref").distinct().count()) == (6, 1)


# a pass: the counts of a member put draws of one session in a row, so each of these is in a session of its own


def bring_at_once(member, now, times):
    activity = make_tool("nth_draw", config={"needs_pass": True}, now=now)
    moments = [now + n * MINUTE for n in range(times)]
    for moment in moments:
        open_session(activity, LEVELS, now=now, starts_at=moment, ends_at=moment + MINUTE)
    made = passes.issue(activity_id=activity.pk, member_id=member.pk, node=1, actor=SYSTEM, now=now)
    passed = passes.shown(made.pk)
    return run_together(*[partial(draw, member, activity, now=moment, passed=passed) for moment in moments])


def test_one_pass_that_six_draws_bring_opens_one_level(member, now):
    results = bring_at_once(member, now, 6)
    assert (errors(results, PassDoesNotFit), errors(results, Exception)) == (5, 5)
    assert LevelPass.objects.get().batch_id == SessionDraw.objects.get().batch_id
    all_is_well(now)


def test_control_a_pass_that_is_looked_at_first_opens_a_level_for_each(member, now, monkeypatch):
    def use(passed, *, batch_id, level):
        LevelPass.objects.update(batch_id=batch_id)

    monkeypatch.setattr(passes, "level_of", lambda *_, **__: 1)  # everybody has looked while it was unused
    monkeypatch.setattr(passes, "use", use)
    assert errors(bring_at_once(member, now, 6), Exception) == 0
    assert (SessionDraw.objects.count(), LevelPass.objects.count()) == (6, 1)


# a limit


def draw_at_once(member, now, times, *, before=0, **limits):
    activity = make_tool(config=limits.get("activity", {}), now=now)
    open_session(activity, SURE, config=limits.get("session", {}), now=now)
    for _ in range(before):
        draw(member, activity, now=now)
    return run_together(*[partial(draw, member, activity, now=now)] * times)


@pytest.mark.parametrize("before", [0, 2], ids=["from the first draw on", "at the last ones"])
@pytest.mark.parametrize("counted_by", ["activity", "session"])
def test_a_member_who_draws_sixteen_times_at_once_reaches_the_limit_and_no_more(member, now, counted_by, before):
    results = draw_at_once(member, now, 16, before=before, **{counted_by: {"times_limit": 5}})
    assert errors(results, LimitReached) == errors(results, Exception) == 11 + before
    assert sorted(SessionDraw.objects.values_list("activity_no", "session_no")) == [(n, n) for n in range(1, 6)]
    assert set(SessionTally.objects.values_list("used", flat=True)) == {5}
    all_is_well(now)


def test_control_a_limit_that_is_read_first_is_passed(member, now, monkeypatch):
    meeting = Meeting(8)

    def take(promised, occurrence, member_id, count):
        subjects = tallies.limits_of(promised, occurrence)
        mine = SessionTally.objects.filter(subject__in=subjects, member_id=member_id)
        used = meeting.look(mine.filter(subject__startswith="session").values_list("used", flat=True).get)
        if used + count > promised.config["session_times_limit"]:
            raise LimitReached(kind="session_times", label="", limit=5, used=used)
        mine.update(used=F("used") + count)

    activity = make_tool(now=now)
    open_session(activity, SURE, config={"times_limit": 5}, now=now)
    draw(member, activity, now=now)
    monkeypatch.setattr(tallies, "take", take)
    results = run_together(*[partial(draw, member, activity, now=now)] * 8)
    assert errors(results, Exception) == 0
    assert SessionDraw.objects.count() == 9
    assert {each.id for each in violations(["D13"])} == {"D13"}


# a delivery


def test_eight_workers_deliver_a_batch_once(member, now):
    draw_at_once(member, now, 1)
    batch_id = SessionDraw.objects.get().batch_id
    assert run_together(*[partial(delivering.attempt, batch_id=batch_id, now=now)] * 8) == [None] * 8
    assert member.point_accounts.get(kind="general").balance == 1_005
    assert SessionDraw.objects.values_list("outcome", "failures").get() == (3, 0)
    all_is_well(now)
