"""The database itself refuses what must never be."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from activities.models import (
    Activity,
    ActivityCategory,
    DrawBatch,
    DrawCommitment,
    DrawLog,
    DrawPlayer,
    DrawSecret,
    Issue,
    IssueCounter,
    Reward,
)
from tests.factories.activities import NOW, open_odds
from tests.factories.draws import buy, hold

pytestmark = pytest.mark.django_db


def refused(write):
    with pytest.raises(IntegrityError), transaction.atomic():
        write()


def copy(row, **columns):
    """Insert a second row like this one."""
    model = type(row)
    values = {field.attname: getattr(row, field.attname) for field in model._meta.concrete_fields}
    values.pop(model._meta.pk.attname, None)
    return lambda: model.objects.create(**{**values, **columns})


def becomes(row, **columns):
    return lambda: type(row).objects.filter(pk=row.pk).update(**columns)


def test_a_category_name_is_taken_once(box):
    refused(lambda: ActivityCategory.objects.create(name="盲盒"))


@pytest.mark.parametrize(
    "columns",
    [
        {"ends_at": NOW - timedelta(days=1)},
        {"ends_at": NOW - timedelta(days=2)},
        {"price_fen": 0},
        {"price_fen": -1},
        {"price_points": 0},
    ],
)
def test_an_activity_has_a_window_and_positive_prices(box, columns):
    refused(becomes(Activity.objects.get(), **columns))


def test_an_activity_may_have_one_price(box):
    assert becomes(Activity.objects.get(), price_fen=None)() == 1


def test_an_issue_number_is_taken_once(box):
    refused(copy(Issue.objects.get()))


def test_an_issue_window_is_not_empty(box):
    refused(becomes(Issue.objects.get(), starts_at=NOW, ends_at=NOW))


@pytest.mark.parametrize(
    "columns", [{"sold": 21}, {"reserved": 21}, {"sold": 11, "reserved": 10}, {"total": 0, "sold": 1}]
)
def test_a_box_is_never_oversold(box, columns):
    refused(becomes(IssueCounter.objects.get(), **columns))


def test_a_status_is_one_of_four(box):
    refused(becomes(IssueCounter.objects.get(), status="sold"))


@pytest.mark.parametrize(
    "columns",
    [
        {"kind": "points"},
        {"product_id": None},
        {"points": 5},
        {"kind": "points", "product_id": None, "points": 0},
        {"kind": "none"},
        {"odds_ppm": 1_000_001},
        {"reference_value_fen": -1},
        {"cost_fen": -1},
    ],
)
def test_a_reward_is_of_its_kind_with_odds_and_values_in_range(box, columns):
    refused(becomes(Reward.objects.first(), **columns))


@pytest.fixture
def batch(member, box):
    buy(member, box, 2, now=NOW)
    return DrawBatch.objects.get()


def test_an_order_has_one_batch(batch):
    refused(copy(batch))


def test_a_member_holds_an_issue_once(member, box):
    hold(member, box, 1, now=NOW)
    refused(copy(DrawBatch.objects.get(), order_id=10**6))


@pytest.mark.parametrize(
    "columns", [{"count": 0}, {"status": "held"}, {"hold_slot": 1}, {"status": "released", "hold_slot": 1}]
)
def test_a_batch_draws_something_and_holds_while_it_is_held(batch, columns):
    refused(becomes(batch, **columns))


@pytest.mark.parametrize(
    "columns", [{"hold_slot": 2}, {"hold_expires_at": None}, {"settled_at": NOW}, {"lapsed_at": NOW}]
)
def test_a_hold_ends_at_a_known_time_and_is_neither_drawn_nor_lapsed(member, box, columns):
    hold(member, box, 1, now=NOW)
    refused(becomes(DrawBatch.objects.get(), **columns))


@pytest.mark.parametrize(
    "columns",
    [
        {"settled_at": None},
        {"lapsed_at": NOW},
        {"status": "released"},
        {"status": "refunded", "settled_at": None},
        {"status": "given"},
    ],
)
def test_a_batch_is_drawn_exactly_when_it_says_when(batch, columns):
    refused(becomes(batch, **columns))


def test_a_player_plays_an_issue_once(member):
    buy(member, open_odds(), 1, now=NOW)
    refused(copy(DrawPlayer.objects.get()))


def test_a_place_in_a_batch_is_drawn_once(batch):
    refused(copy(batch.draws.get(idx=0), sale_no=9))


def test_a_sale_number_is_drawn_once(batch):
    refused(copy(batch.draws.get(idx=0), idx=9))


def test_an_extra_prize_has_no_sale_number_to_collide(batch):
    copy(batch.draws.get(idx=0), idx=9, sale_no=None)()
    copy(batch.draws.get(idx=0), idx=10, sale_no=None)()
    assert DrawLog.objects.count() == 4


def test_a_subject_has_one_secret(box):
    refused(copy(DrawSecret.objects.get()))


@pytest.mark.parametrize("repeated", ["seq", "subject", "entry_hash"])
def test_a_log_entry_is_written_once(box, repeated):
    entry = DrawCommitment.objects.get()
    fresh = {"seq": 2, "subject": "day:2026-11-22", "entry_hash": "1" * 64}
    refused(copy(entry, **{**fresh, repeated: getattr(entry, repeated)}))
    assert copy(entry, **fresh)().seq == 2


def test_identifiers_compare_bytewise(box):
    entry = DrawCommitment.objects.get()
    other = entry.entry_hash.upper()
    assert copy(entry, seq=2, subject=entry.subject.upper(), entry_hash=other)().entry_hash == other


def test_what_was_drawn_from_cannot_be_deleted(batch, member):
    for row in (Issue.objects.get(), Activity.objects.get(), batch, member):
        with pytest.raises(ProtectedError), transaction.atomic():
            row.delete()
    assert DrawLog.objects.count() == 2
