"""The generic draw tool over real connections: versions, odds and releases, each race with a control."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from django.db.models import F

from activities.models import DrawLog, RewardDrop, RewardStock, SessionDraw, SessionScope
from activities.services import limited, verifying
from activities.services.allocators import s3
from activities.services.glue import releasing, sight
from blindbox.common.invariants import violations
from tests.factories.accounts import make_member
from tests.factories.glue import DYNAMIC, deliver, draw, make_tool, open_session, points, released
from tests.races.conftest import Meeting, run_together
from tests.races.paying import errors

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
MINUTE = timedelta(minutes=1)
SEVEN = [points("A", odds_ppm=1_000_000, quantity=7)]


def often(times, who, activity, *, now):
    return sum(draw(who, activity, now=now).prize is not None for _ in range(times))


# dynamic odds


@pytest.fixture
def dynamic(now):
    return open_session(make_tool(config={"probability": "dynamic", "empty_weight": 300}, now=now), DYNAMIC, now=now)


def wrong_odds(issue):
    """Return how many draws say that something else was left than the draws of earlier versions leave."""
    left = {reward.pk: reward.quantity for reward in issue.rewards.exclude(quantity=None)}
    wrong = 0
    for version in SessionDraw.objects.order_by("version"):
        log = DrawLog.objects.get(batch_id=version.batch_id, idx=version.idx)
        wrong += log.detail["q"] != [left[each] for each in log.detail["rewards"]]
        left[log.reward_id] = left.get(log.reward_id, 0) - 1
    return wrong


def test_dynamic_odds_of_eight_threads_recompute_exactly_from_the_stored_versions(dynamic, now):
    results = run_together(*[partial(often, 10, make_member(), dynamic.activity, now=now) for _ in range(8)])
    assert errors(results, Exception) == 0
    assert sorted(SessionDraw.objects.values_list("version", flat=True)) == list(range(1, 81))
    assert SessionScope.objects.get().version == 80
    assert wrong_odds(dynamic) == 0
    deliver(now=now)
    assert violations() == []
    assert list(verifying.discrepancies()) == []


def look_before_the_write(monkeypatch, meeting):
    """Take the guards away: nobody waits for the issue's counter, and each looks before it takes its version."""
    take, left_of = sight.take, limited.left_of

    def take_after_a_look(batch, *args, **named):
        left = meeting.look(left_of, batch.terms)
        with connection.cursor() as cursor:  # MariaDB does not subtract below zero, which would stop the last
            cursor.execute("SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_UNSIGNED_SUBTRACTION')")
        return replace(take(batch, *args, **named), left=left)

    monkeypatch.setattr(s3, "sell", lambda *_, **__: None)
    monkeypatch.setattr(sight, "take", take_after_a_look)


def test_control_odds_that_are_read_before_the_version_is_written_are_wrong(dynamic, now, monkeypatch):
    draw(make_member(), dynamic.activity, now=now)  # the first version of the occurrence
    look_before_the_write(monkeypatch, Meeting(8))
    monkeypatch.setattr(limited, "take", unguarded)
    results = run_together(*[partial(draw, make_member(), dynamic.activity, now=now) for _ in range(8)])
    assert errors(results, Exception) == 0
    assert wrong_odds(dynamic) > 0
    assert "D4" in {each.id for each in violations(["D4"])}


def unguarded(taken):
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION check_constraint_checks = 0")
        for reward_id, n in taken.items():
            cursor.execute("UPDATE activity_reward_stocks SET given = given + %s WHERE reward_id = %s", [n, reward_id])


# units that are released over time


def seven_in_three(now):
    plan = [("A", now, 3), ("A", now + MINUTE, 2), ("A", now + 2 * MINUTE, 2)]
    return open_session(make_tool(now=now), SEVEN, drops=plan, now=now)


def stock():
    return RewardStock.objects.values_list("released", "given").get()


def test_200_draws_on_seven_units_in_three_buckets_win_each_bucket_when_it_is_due(now):
    issue = seven_in_three(now)
    for step, (threads, won) in enumerate([(7, 3), (7, 2), (6, 2)]):
        at = now + step * MINUTE
        units = [partial(often, 10, make_member(), issue.activity, now=at) for _ in range(threads)]
        beat = partial(releasing.release_due, now=at)
        results = run_together(beat, *units, beat)
        assert errors(results, Exception) == 0
        assert sum(results[1:-1]) == won
    assert (stock(), SessionDraw.objects.count(), released(issue)) == ((7, 7), 200, [("A", "done")] * 3)
    deliver(now=now + 2 * MINUTE)
    assert violations() == []
    assert list(verifying.discrepancies()) == []


def test_control_who_sees_what_is_left_too_early_wins_more_than_was_released(now, monkeypatch):
    issue = seven_in_three(now)
    releasing.release_due(now=now)
    look_before_the_write(monkeypatch, Meeting(8))
    monkeypatch.setattr(limited, "take", unguarded)
    results = run_together(*[partial(often, 1, make_member(), issue.activity, now=now) for _ in range(8)])
    assert errors(results, Exception) == 0
    assert (sum(results), stock()) == (8, (3, 8))
    assert "D9" in {each.id for each in violations(["D9"])}


def test_beat_and_eight_draws_release_a_bucket_once(now):
    issue = seven_in_three(now)
    units = [partial(often, 1, make_member(), issue.activity, now=now) for _ in range(8)]
    beat = partial(releasing.release_due, now=now)
    results = run_together(beat, *units, beat, beat)
    assert errors(results, Exception) == 0
    assert (sum(results[1:9]), stock()) == (3, (3, 3))
    assert RewardDrop.objects.get(status="done").scope_id == SessionScope.objects.get().pk


def test_control_a_release_that_looks_first_releases_for_each(now):
    seven_in_three(now)
    meeting, due = Meeting(2), RewardDrop.objects.filter(status="wait", release_at__lte=now)

    def careless():
        with transaction.atomic():
            for pk, reward_id, n in meeting.look(lambda: list(due.values_list("pk", "reward_id", "quantity"))):
                done = {"status": "done", "version": 1, "released_at": now}
                RewardDrop.objects.filter(pk=pk).update(**done)
                RewardStock.objects.filter(reward_id=reward_id).update(released=F("released") + n)

    assert run_together(careless, careless) == [None, None]
    assert stock() == (6, 0)
    assert [each.id for each in violations(["D9"])] == ["D9"]
