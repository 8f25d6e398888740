"""Raw statements behave as the ORM's do: values stored the same, a failure marks the block."""

import contextlib
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError

from blindbox.common import sql
from blindbox.system.models import Heartbeat, OutboxMessage
from tests.factories.catalog import NOW

pytestmark = pytest.mark.django_db
COLUMNS = "name beaten_at"
EXACT = datetime(2026, 11, 22, 23, 59, 59, 123_456, tzinfo=UTC)


def test_rows_arrive_with_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        sql.insert(Heartbeat, COLUMNS, [("甲😀", NOW), ("乙", EXACT)])
    assert list(Heartbeat.objects.order_by("pk").values_list("name", "beaten_at")) == [("甲😀", NOW), ("乙", EXACT)]


def test_what_one_statement_cannot_hold_takes_several(django_assert_num_queries):
    """SQLite binds a bounded number of values; a box that is bought out has more rows than that."""
    with django_assert_num_queries(3):
        made = sql.insert_keyed(Heartbeat, COLUMNS, [(f"{n}", NOW) for n in range(2001)], by="name", shared="beaten_at")
    assert made == {each.name: each.pk for each in Heartbeat.objects.all()}
    assert len(made) == 2001


def test_no_rows_are_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        sql.insert(Heartbeat, COLUMNS, [])


def test_one_row_answers_its_id():
    made = sql.insert_one(Heartbeat, COLUMNS, ("甲", NOW))
    assert Heartbeat.objects.get().pk == made


def test_a_row_is_inserted_only_if_its_condition_finds_one():
    found = "SELECT id FROM system_heartbeats WHERE name = %s"
    guarded = {"model": Heartbeat, "names": COLUMNS, "found": found}
    assert sql.insert_if(row=("乙", EXACT), parameters=["甲"], **guarded) is None
    first = sql.insert_one(Heartbeat, COLUMNS, ("甲", NOW))
    second = sql.insert_if(row=("乙", EXACT), parameters=["甲"], **guarded)
    assert list(Heartbeat.objects.order_by("pk").values_list("pk", "name", "beaten_at")) == [
        (first, "甲", NOW),
        (second, "乙", EXACT),
    ]


def test_a_column_is_moved_and_told_with_one_statement(django_assert_num_queries):
    first, second = (
        OutboxMessage.objects.create(topic="t", event_key=key, subscriber="s", payload={}, attempts=3, failures=4)
        for key in "ab"
    )
    table, where = OutboxMessage._meta.db_table, "id = %s AND attempts <= %s"
    with django_assert_num_queries(3):
        assert sql.move(table, "attempts", 5, [first.pk, 3], where=where) == 8
        assert sql.move(table, "attempts", 5, [first.pk, 3], where=where) is None
        assert sql.move(table, "attempts", 1, [4, first.pk, 8], where=where, also=", failures = failures - %s") == 9
    rows = OutboxMessage.objects.order_by("pk").values_list("attempts", "failures")
    assert list(rows) == [(9, 0), (second.attempts, second.failures)]


@pytest.mark.parametrize("answers_with_ids", [True, False])
def test_rows_answer_their_ids_by_a_field(answers_with_ids, monkeypatch):
    """MySQL cannot say which ids an insert made, so it is asked for the rows."""
    monkeypatch.setattr(type(connection.features), "can_return_rows_from_bulk_insert", answers_with_ids)
    sql.insert(Heartbeat, COLUMNS, [("丁", EXACT)])
    made = sql.insert_keyed(Heartbeat, COLUMNS, [("甲", NOW), ("乙", NOW)], by="name", shared="beaten_at")
    assert made == {each.name: each.pk for each in Heartbeat.objects.exclude(name="丁")}
    assert sql.insert_keyed(Heartbeat, COLUMNS, [], by="name", shared="beaten_at") == {}


def test_an_update_answers_how_many_rows_it_changed():
    sql.insert(Heartbeat, COLUMNS, [("甲", NOW), ("乙", NOW)])
    assert sql.execute("UPDATE system_heartbeats SET beaten_at = %s WHERE name = %s", [EXACT, "甲"]) == 1
    assert sql.execute("UPDATE system_heartbeats SET beaten_at = %s WHERE name = %s", [EXACT, "丙"]) == 0
    assert Heartbeat.objects.get(name="甲").beaten_at == EXACT


@pytest.mark.parametrize(
    "write",
    [
        lambda: sql.insert(Heartbeat, COLUMNS, [("甲", NOW)]),
        lambda: sql.insert_one(Heartbeat, COLUMNS, ("甲", NOW)),
        lambda: sql.insert_if(Heartbeat, COLUMNS, ("甲", NOW), found="SELECT 1", parameters=[]),
        lambda: sql.insert_keyed(Heartbeat, COLUMNS, [("甲", NOW)], by="name", shared="beaten_at"),
        lambda: sql.execute("INSERT INTO system_heartbeats (name, beaten_at) VALUES (%s, %s)", ["甲", NOW]),
    ],
)
def test_a_swallowed_failure_still_rolls_the_block_back(write):
    """A raw statement whose error somebody catches must not let the rest commit."""
    Heartbeat.objects.create(name="甲", beaten_at=NOW)
    with pytest.raises(TransactionManagementError), transaction.atomic():
        Heartbeat.objects.create(name="乙", beaten_at=NOW)
        with contextlib.suppress(IntegrityError):
            write()
        Heartbeat.objects.create(name="丙", beaten_at=NOW)
    assert not connection.needs_rollback
    assert list(Heartbeat.objects.values_list("name", flat=True)) == ["甲"]


def test_text_is_bound_and_not_spliced():
    hostile = "'); DROP TABLE system_heartbeats; --"
    sql.insert(Heartbeat, COLUMNS, [(hostile, NOW)])
    assert Heartbeat.objects.get().name == hostile
