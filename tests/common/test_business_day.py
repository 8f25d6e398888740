"""A business day begins at midnight in Shanghai, wherever the moment was written down."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from blindbox.common.business_day import business_day, day_bounds, in_shanghai


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 11, 21, 15, 59, 59, 999_999, tzinfo=UTC), date(2026, 11, 21)),
        (datetime(2026, 11, 21, 16, 0, tzinfo=UTC), date(2026, 11, 22)),
        (datetime(2026, 11, 22, 0, 0, tzinfo=timezone(timedelta(hours=8))), date(2026, 11, 22)),
        (datetime(2026, 11, 21, 4, 0, tzinfo=timezone(timedelta(hours=-12))), date(2026, 11, 22)),
        (datetime(2028, 2, 28, 16, 0, tzinfo=UTC), date(2028, 2, 29)),
    ],
)
def test_the_day_is_shanghais(moment: datetime, day: date):
    assert business_day(moment) == day


@pytest.mark.parametrize("day", [date(2026, 11, 22), date(2028, 2, 29), date(2026, 12, 31)])
def test_a_day_is_half_open(day: date):
    start, end = day_bounds(day)
    assert end - start == timedelta(days=1)
    assert [business_day(start - timedelta(microseconds=1)), business_day(start)] == [day - timedelta(days=1), day]
    assert [business_day(end - timedelta(microseconds=1)), business_day(end)] == [day, day + timedelta(days=1)]


def test_an_answer_tells_shanghais_time():
    assert in_shanghai(datetime(2026, 11, 21, 16, 30, tzinfo=UTC)) == "2026-11-22T00:30:00+08:00"
