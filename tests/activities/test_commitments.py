"""Secrets and the public log: drawn once, sealed, chained, revealed only when nothing depends on them."""

from datetime import timedelta

import pytest

from activities.models import DrawBatch, DrawCommitment, DrawSecret
from activities.services import commitments, days, holds
from blindbox.common import fairness
from blindbox.common.invariants import violations
from blindbox.system.models import OutboxMessage
from orders.models import Order, PaymentCallback
from orders.payments import callbacks
from orders.services import lifecycle
from tests.factories.activities import NOW, open_odds
from tests.factories.draws import CHECKS, buy, hold, pay, settle
from tests.factories.orders import deliver, make_notice

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ONE_OCLOCK = NOW.replace(hour=17)  # 01:00 of the next day in Shanghai


def revealed():
    rows = DrawSecret.objects.filter(revealed__isnull=False).order_by("subject")
    return [row.subject for row in rows]


def test_days_are_committed_before_they_begin():
    days.turn(now=NOW)
    days.turn(now=NOW)
    entry = DrawCommitment.objects.get(subject="day:2026-11-23")
    assert entry.published_at == NOW
    assert entry.commitment == fairness.day_commitment("2026-11-23", commitments.secret_of("day:2026-11-23"))
    assert DrawSecret.objects.count() == DrawCommitment.objects.count()


def test_the_log_is_one_chain():
    days.turn(now=NOW)
    open_odds()
    days.turn(now=NOW + DAY)
    entries = list(DrawCommitment.objects.order_by("seq"))
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    for before, entry in zip([None, *entries], entries, strict=False):
        assert entry.prev_hash == (fairness.GENESIS_HASH if before is None else before.entry_hash)
        at = fairness.log_time(entry.published_at)
        link = (entry.seq, entry.subject, entry.commitment, at, entry.prev_hash)
        assert entry.entry_hash == fairness.entry_hash(*link)


def test_a_secret_is_sealed_and_for_its_subject_only():
    days.turn(now=NOW)
    first, second = DrawSecret.objects.order_by("subject")[:2]
    secret = commitments.secret_of(first.subject)
    assert len(secret) == 32
    assert secret.hex() not in first.sealed
    DrawSecret.objects.filter(pk=second.pk).update(sealed=first.sealed)
    with pytest.raises(commitments.UNREADABLE):
        commitments.secret_of(second.subject)


def test_a_day_is_revealed_at_one_oclock_of_the_next():
    days.turn(now=NOW)
    days.turn(now=ONE_OCLOCK - timedelta(seconds=1))
    assert revealed() == []
    days.turn(now=ONE_OCLOCK)
    assert revealed() == ["day:2026-11-22"]
    row = DrawSecret.objects.get(subject="day:2026-11-22")
    assert (row.revealed, row.revealed_at) == (commitments.secret_of(row.subject).hex(), ONE_OCLOCK)


def test_a_secret_that_cannot_be_read_keeps_no_other_day_hidden():
    days.turn(now=NOW)
    DrawSecret.objects.filter(subject="day:2026-11-22").update(sealed="gone:AAAA")
    days.turn(now=ONE_OCLOCK + DAY)
    assert revealed() == ["day:2026-11-23"]


def test_a_day_with_an_unsettled_paid_order_stays_hidden(member):
    issue = open_odds()
    order_id = hold(member, issue, 1, now=NOW)
    pay(order_id, now=NOW)
    days.turn(now=ONE_OCLOCK + DAY)
    assert "day:2026-11-22" not in revealed()
    settle(order_id, now=ONE_OCLOCK + DAY)
    days.turn(now=ONE_OCLOCK + DAY)
    assert "day:2026-11-22" in revealed()


def lapse(order_id, *, now):
    lifecycle.close_if_expired(order_id=order_id, now=now)
    holds.release(order_id=order_id, now=now)


def test_an_unpaid_order_keeps_its_day_hidden_until_its_hold_is_given_back(member):
    days.turn(now=NOW)
    order_id = hold(member, open_odds(), 1, now=NOW)
    days.turn(now=ONE_OCLOCK + DAY)
    assert revealed() == ["day:2026-11-23"]
    lapse(order_id, now=ONE_OCLOCK + DAY)
    days.turn(now=ONE_OCLOCK + DAY)
    assert revealed() == ["day:2026-11-22", "day:2026-11-23"]


def test_a_hold_that_nothing_can_give_back_keeps_its_day_hidden_for_a_week(member):
    days.turn(now=NOW)
    order_id = hold(member, open_odds(), 1, now=NOW)
    ends = DrawBatch.objects.get(order_id=order_id).hold_expires_at
    days.turn(now=ends + 7 * DAY - HOUR)
    assert "day:2026-11-22" not in revealed()
    days.turn(now=ends + 7 * DAY)
    assert "day:2026-11-22" in revealed()


def test_a_hold_over_midnight_keeps_both_days_hidden(member):
    days.turn(now=NOW)
    before_midnight = NOW.replace(hour=15, minute=59)
    order_id = hold(member, open_odds(now=NOW), 1, now=before_midnight)
    days.turn(now=ONE_OCLOCK + DAY)
    assert revealed() == []
    lapse(order_id, now=ONE_OCLOCK + DAY)
    days.turn(now=ONE_OCLOCK + DAY)
    assert revealed() == ["day:2026-11-22", "day:2026-11-23"]


@pytest.fixture
def late(member):
    """An order that was paid at WeChat in time, and closed here before the shop heard of it."""
    order_id = hold(member, open_odds(), 1, now=NOW)
    lapse(order_id, now=NOW + HOUR)
    return Order.objects.get(pk=order_id)


def test_a_stored_notice_keeps_its_day_hidden_until_it_is_processed(late):
    days.turn(now=NOW)
    notice = make_notice(late, now=NOW)
    callbacks.record(notice, gateway="wechat_v3", now=NOW + HOUR)
    days.turn(now=ONE_OCLOCK + DAY)
    assert revealed() == ["day:2026-11-23"]
    deliver(now=ONE_OCLOCK + DAY)
    batch = DrawBatch.objects.get()
    assert (batch.status, batch.day.isoformat(), batch.draws.count()) == ("settled", "2026-11-22", 1)
    days.turn(now=ONE_OCLOCK + DAY)
    assert revealed() == ["day:2026-11-22", "day:2026-11-23"]
    assert violations(CHECKS) == []


def test_a_notice_that_does_not_fit_waits_for_a_person_and_the_day_does_not(late):
    notice = make_notice(late, now=NOW, amount_fen=1)
    callbacks.record(notice, gateway="wechat_v3", now=NOW + HOUR)
    OutboxMessage.objects.filter(topic="orders.payment_notified").update(due_at=None, dead_at=NOW + HOUR)
    days.turn(now=ONE_OCLOCK)
    assert revealed() == ["day:2026-11-22"]
    assert PaymentCallback.objects.get().processed_at is None


@pytest.mark.parametrize("facts", [{"at": NOW - DAY}, {"at": NOW + DAY}, {"kind": "refund"}, {"out_trade_no": "other"}])
def test_a_notice_of_another_day_or_matter_keeps_no_day_hidden(late, facts):
    callbacks.record(make_notice(late, **facts), gateway="wechat_v3", now=NOW + HOUR)
    days.turn(now=ONE_OCLOCK)
    assert revealed() == ["day:2026-11-22"]


def test_a_secret_is_revealed_once(box):
    subject = f"issue:{box.pk}"
    assert commitments.reveal(subject=subject, now=NOW) is True
    assert commitments.reveal(subject=subject, now=NOW + DAY) is False
    assert DrawSecret.objects.get(subject=subject).revealed_at == NOW


def test_drawing_without_a_committed_day_commits_it_first_and_shows_when(member):
    issue = open_odds()
    buy(member, issue, 1, now=NOW + 5 * DAY)
    entry = DrawCommitment.objects.get(subject="day:2026-11-27")
    assert entry.published_at == NOW + 5 * DAY
