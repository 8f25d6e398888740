"""M7: an append-only table stays as it was when each of its days ended."""

from datetime import UTC, date, datetime, timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from blindbox.common.invariants import violations
from blindbox.system import audit, digests, tasks
from blindbox.system.models import LedgerDigest, OperationLog

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)
TUESDAY, WEDNESDAY, FRIDAY = MONDAY + DAY, MONDAY + 2 * DAY, MONDAY + 4 * DAY


def log(at, action="修改商品"):
    audit.record(
        audit.Change(action, "Product", 1, before={"stock": 1}, after={"stock": 2}), actor=audit.SYSTEM, now=at
    )
    return OperationLog.objects.latest("pk")


@pytest.fixture
def week(db):
    """Entries of Monday, Monday, Tuesday and Friday, and digests of the days before Friday."""
    rows = [log(at) for at in (MONDAY, MONDAY + timedelta(hours=11, minutes=59), TUESDAY, FRIDAY)]
    digests.close_days(now=FRIDAY)
    return rows


def found():
    return [each.what for each in violations(["M7"])]


def stored():
    return list(LedgerDigest.objects.order_by("day").values_list("day", "entries"))


def test_closed_days_have_a_digest_and_the_open_one_has_none(week):
    assert stored() == [(date(2026, 3, 2), 2), (date(2026, 3, 3), 1), (date(2026, 3, 4), 0), (date(2026, 3, 5), 0)]
    assert found() == []
    log(FRIDAY)
    assert found() == []


def test_a_day_is_closed_an_hour_after_its_end_and_once(week):
    before_one = FRIDAY.replace(hour=16, minute=59)
    digests.close_days(now=before_one)
    assert len(stored()) == 4
    for _ in range(2):
        digests.close_days(now=before_one + timedelta(minutes=1))
    assert stored()[4:] == [(date(2026, 3, 6), 1)]
    assert found() == []


def test_m7_an_old_entry_that_was_altered(week):
    OperationLog.objects.filter(pk=week[0].pk).update(after={"stock": 3})
    assert found() == ["操作日志 2026-03-02：2 条的内容或摘要被改动过"]


def test_m7_an_old_entry_that_was_deleted(week):
    week[2].delete()
    assert found() == ["操作日志 2026-03-03：当日结束时有 1 条，现有 0 条"]


def test_m7_an_entry_that_was_moved_to_another_day(week):
    OperationLog.objects.filter(pk=week[1].pk).update(created_at=WEDNESDAY)
    assert found() == [
        "操作日志 2026-03-02：当日结束时有 2 条，现有 1 条",
        "操作日志 2026-03-04：当日结束时有 0 条，现有 1 条",
    ]


def test_m7_an_entry_that_was_slipped_in(week):
    log(MONDAY)
    assert found() == ["操作日志 2026-03-02：当日结束时有 2 条，现有 3 条"]


def test_m7_a_digest_that_went_with_its_entries(week):
    week[2].delete()
    LedgerDigest.objects.filter(day=date(2026, 3, 3)).delete()
    assert found() == ["操作日志 2026-03-04：0 条的内容或摘要被改动过"]
    LedgerDigest.objects.all().delete()
    digests.close_days(now=FRIDAY)
    LedgerDigest.objects.filter(day=date(2026, 3, 2)).delete()
    assert found() == [
        "操作日志 2026-03-03：0 条的内容或摘要被改动过",
        "操作日志 2026-03-02：有 2 条，当日结束时没有",
    ]


def broken_for(monkeypatch, ledger, error):
    def close(each, **named):
        if each.name == ledger:
            raise error
        return closing(each, **named)

    closing = digests._close_days
    monkeypatch.setattr(digests, "_close_days", close)


def test_a_ledger_whose_days_cannot_be_closed_keeps_nothing_from_the_others(week, monkeypatch, caplog):
    LedgerDigest.objects.all().delete()
    broken_for(monkeypatch, "draw_commitments", KeyError("x"))
    checked = []
    monkeypatch.setattr(tasks.checking, "check_everything", lambda *, now: checked.append(now))
    tasks.check_everything()
    assert (len(checked), (date(2026, 3, 6), 1) in stored()) == (1, True)
    told = [(each.levelname, each.getMessage()) for each in caplog.records if each.exc_info]
    assert told == [("ERROR", "The days of ledger draw_commitments could not be closed")]


def test_a_night_that_took_too_long_is_not_taken_for_a_broken_ledger(week, monkeypatch):
    broken_for(monkeypatch, "draw_commitments", SoftTimeLimitExceeded())
    with pytest.raises(SoftTimeLimitExceeded):
        digests.close_days(now=FRIDAY)


def test_the_nightly_check_closes_days_and_compares(week):
    tasks.check_everything()
    assert (date(2026, 3, 6), 1) in stored()
