"""Settings, operation log, heartbeats, house-keeping, and what their invariants find."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from blindbox.common import pruning
from blindbox.common.errors import Invalid, NotFound
from blindbox.common.invariants import violations
from blindbox.common.logging import set_request_id
from blindbox.system import audit, configs, heartbeats, tasks
from blindbox.system.models import Config, Heartbeat, IdempotencyKey, OperationLog, OutboxMessage
from blindbox.system.services import housekeeping
from tests.factories.catalog import KEEPER, NOW, make_product

pytestmark = pytest.mark.django_db


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> configs.Setting:
    monkeypatch.setattr(configs, "_settings", {})
    return configs.define(configs.Setting("test.limit", "上限", 5, configs.integer(least=1, most=9)))


def change(value: Any, key: str = "test.limit") -> None:
    configs.change(key=key, value=value, actor=KEEPER, now=NOW, reason="试")


def test_a_setting_is_its_default_until_somebody_sets_it(limit: configs.Setting):
    assert configs.value_of(limit) == 5
    change(7)
    change(8)
    assert (configs.value_of(limit), Config.objects.count()) == (8, 1)


def test_each_change_is_logged_from_the_stored_value_not_the_cached_one(limit: configs.Setting):
    assert configs.value_of(limit) == 5
    Config.objects.create(key=limit.key, value=6)  # by another process, so the cache here is stale
    change(7)
    assert list(OperationLog.objects.values_list("before", "after")) == [({"value": 6}, {"value": 7})]


def test_reading_again_costs_no_query(limit: configs.Setting, django_assert_num_queries):
    configs.value_of(limit)
    with django_assert_num_queries(0):
        configs.value_of(limit)


@pytest.mark.django_db(transaction=True)
def test_a_change_that_rolls_back_leaves_no_trace(limit: configs.Setting):
    with pytest.raises(ValueError, match="undone"), transaction.atomic():
        change(7)
        assert configs.value_of(limit) == 7
        raise ValueError("undone")
    cache.clear()  # what was read inside may linger for CACHE_SECONDS in the cache, KEPT_SECONDS in this process
    configs.forget()
    assert configs.value_of(limit) == 5


def test_a_value_that_is_no_longer_allowed_counts_as_the_default(limit: configs.Setting):
    Config.objects.create(key=limit.key, value="seven")
    assert configs.value_of(limit) == 5


@pytest.mark.parametrize("value", [0, 10, 5.0, True, "5", None])
def test_a_wrong_value_is_refused(limit: configs.Setting, value: Any):
    with pytest.raises(Invalid):
        change(value)
    assert not Config.objects.exists()
    assert not OperationLog.objects.exists()


def test_an_unknown_setting_is_not_found(limit: configs.Setting):
    with pytest.raises(NotFound):
        change(5, key="test.other")


def test_a_setting_is_defined_once_and_with_a_default_it_allows(limit: configs.Setting):
    with pytest.raises(ValueError, match="defined twice"):
        configs.define(limit)
    with pytest.raises(ValueError, match="1 到 9"):
        configs.define(configs.Setting("test.wrong", "错", 99, configs.integer(least=1, most=9)))


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (configs.boolean, [True, False], [0, 1, "true", None]),
        (configs.one_of("a", "b"), ["a", "b"], ["c", "", None, 0]),
        (configs.integer(least=-1, most=1), [-1, 0, 1], [2, -2, 0.0, True, "0"]),
    ],
)
def test_checks(check: Any, good: list[Any], bad: list[Any]):
    assert [check(value) for value in good] == [None] * len(good)
    assert all(check(value).startswith("必须是") for value in bad)


def test_the_operation_log_keeps_all_of_it():
    product = make_product("长" * 100)
    set_request_id("req-9")
    change = audit.Change(
        "修改商品",
        "Product",
        product.pk,
        product.name * 3,
        before=audit.snapshot(product, ["price_fen", "created_at"]),
        after={"name": "😀", "price_points": None},
        reason="因" * 300,
    )
    audit.record(change, actor=KEEPER, now=NOW)
    set_request_id("")
    log = OperationLog.objects.get()
    assert (log.operator_id, log.operator_name, log.ip, log.request_id) == (7, "仓管", "10.0.0.7", "req-9")
    assert (log.object_id, log.object_label, log.reason) == (str(product.pk), "长" * 200, "因" * 200)
    assert log.before == {"price_fen": 9900, "created_at": "2026-11-22T04:00:00Z"}
    assert (log.after, log.created_at) == ({"name": "😀", "price_points": None}, NOW)


def test_a_heart_beats_in_one_row():
    assert heartbeats.last(name="a") is None
    heartbeats.beat(name="a", now=NOW)
    heartbeats.beat(name="a", now=NOW + timedelta(seconds=5))
    assert (heartbeats.last(name="a"), Heartbeat.objects.count()) == (NOW + timedelta(seconds=5), 1)


def test_the_sweep_beats_and_the_database_refuses_a_second_row():
    tasks.sweep_outbox(limit=1, from_a_newer_release=True)
    assert heartbeats.last(name="outbox") is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        Heartbeat.objects.create(name="outbox", beaten_at=NOW)


def make_message(key: str, **columns: Any) -> OutboxMessage:
    made = {"topic": "test.old", "subscriber": "test", "payload": {"key": key}, **columns}
    return OutboxMessage.objects.create(event_key=key, **made)


def make_key(key: str, **columns: Any) -> IdempotencyKey:
    return IdempotencyKey.objects.create(realm="member", actor_id=1, key=key, fingerprint="f", **columns)


def make_old_message(key: str, **columns: Any) -> OutboxMessage:
    before = NOW - timedelta(days=30, seconds=1)
    return make_message(key, **{"delivered_at": before, "created_at": before, **columns})


def test_only_what_is_past_its_time_is_dropped(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pruning, "AT_ONCE", 2)
    month, week = timedelta(days=30), timedelta(days=7)
    make_message("waiting", due_at=NOW - month * 2, created_at=NOW - month * 2)
    make_message("dead", dead_at=NOW - month * 2, created_at=NOW - month * 2)
    for number in range(5):
        make_old_message(f"old-{number}")
        make_key(f"old-{number}", created_at=NOW - week - timedelta(seconds=1))
    make_old_message("fresh", delivered_at=NOW - month)
    make_message("new", delivered_at=NOW, created_at=NOW)
    make_key("fresh", created_at=NOW - week)
    housekeeping.drop_old(now=NOW)
    left = OutboxMessage.objects.order_by("pk").values_list("event_key", flat=True)
    assert list(left) == ["waiting", "dead", "fresh", "new"]
    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["fresh"]


def test_one_run_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pruning, "AT_ONCE", 2)
    monkeypatch.setattr(pruning, "MOST_ROUNDS", 2)
    for number in range(7):
        make_old_message(str(number))
        make_key(str(number), created_at=NOW - timedelta(days=8))
    housekeeping.drop_old(now=NOW)
    assert (OutboxMessage.objects.count(), IdempotencyKey.objects.count()) == (3, 3)
    housekeeping.drop_old(now=NOW)
    assert (OutboxMessage.objects.count(), IdempotencyKey.objects.count()) == (0, 0)


def test_a_walk_over_young_events_is_short(monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries):
    monkeypatch.setattr(pruning, "AT_ONCE", 2)
    for number in range(9):
        make_message(str(number), delivered_at=NOW, created_at=NOW)
    with django_assert_max_num_queries(3):  # one window of events, then the keys, then the sessions
        housekeeping.drop_old(now=NOW)
    assert OutboxMessage.objects.count() == 9


def test_sessions_of_operators_go_when_they_end():
    for key, ends in {"old": NOW - timedelta(seconds=1), "now": NOW, "later": NOW + timedelta(days=1)}.items():
        Session.objects.create(session_key=key, session_data="", expire_date=ends)
    housekeeping.drop_old(now=NOW)
    assert set(Session.objects.values_list("session_key", flat=True)) == {"now", "later"}


def test_the_database_refuses_a_key_or_an_event_twice():
    make_key("k")
    make_message("e")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_key("k")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_message("e")


def test_an_event_may_wait_a_minute_and_no_longer():
    now = timezone.now()
    make_message("fresh", due_at=now - timedelta(seconds=50))
    make_message("delivered", delivered_at=now)
    assert violations(["X2"]) == []
    make_message("stuck", due_at=now - timedelta(seconds=61))
    make_message("dead", dead_at=now, last_error="ValueError: 坏")
    found = [each.what for each in violations(["X2"])]
    assert ["stuck" in found[0], found[1].endswith("已被放弃：ValueError: 坏"), len(found)] == [True, True, 2]


def test_an_event_that_is_put_off_again_and_again_is_found():
    now = timezone.now()
    soon = now + timedelta(seconds=10)
    make_message("busy", due_at=soon, created_at=now - timedelta(minutes=14))
    assert violations(["X2"]) == []
    make_message("silent", due_at=soon, created_at=now - timedelta(minutes=16))
    assert ["silent" in each.what for each in violations(["X2"])] == [True]


@pytest.mark.skipif("connection.vendor != 'mysql'", reason="SQLite does not drop a constraint inside a transaction")
@pytest.mark.django_db(transaction=True)
def test_a_planted_second_use_of_a_key_is_found():
    constraint = next(each for each in IdempotencyKey._meta.constraints if each.name.startswith("idempotency_key"))
    with connection.schema_editor() as editor:
        editor.remove_constraint(IdempotencyKey, constraint)
    try:
        make_key("k")
        make_key("k")
        assert [each.what for each in violations(["X1"])] == ["member:1:k 出现 2 次"]
    finally:
        IdempotencyKey.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(IdempotencyKey, constraint)
