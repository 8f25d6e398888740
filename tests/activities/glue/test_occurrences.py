"""When a session is on: ranges, daily windows that cross midnight, occurrences by the local date of their start."""

import re
from datetime import date, datetime, timedelta

import pytest

from activities.gameplay.occurrences import Schedule, minutes, schedule
from blindbox.common.business_day import SHANGHAI

MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    """Return a moment of March 2026 in Shanghai: at("5 10:00")."""
    day, clock = text.split()
    return datetime.fromisoformat(f"2026-03-{int(day):02}T{clock}").replace(tzinfo=SHANGHAI)


def session(start: str, end: str | None, daily: str = "") -> Schedule:
    opens, _, closes = daily.partition("-")
    config = {"daily": {"from": opens, "to": closes} if daily else None}
    return schedule(at(start), at(end) if end else None, config)


@pytest.mark.parametrize(
    ("moment", "occurrence"),
    [
        ("4 23:59:59", None),
        ("5 00:00:00", 5),
        ("6 12:00:00", 5),
        ("7 23:59:59", 5),
        ("8 00:00:00", None),
    ],
)
def test_without_a_daily_window_the_range_is_one_occurrence(moment, occurrence):
    on = session("5 00:00", "8 00:00")
    assert on.live(at(moment)) == (occurrence and date(2026, 3, occurrence))


@pytest.mark.parametrize(
    ("moment", "occurrence"),
    [
        ("5 09:59:59", None),
        ("5 10:00:00", 5),
        ("5 10:59:59", 5),
        ("5 11:00:00", None),
        ("6 10:30:00", 6),
        ("7 10:30:00", 7),
        ("8 10:30:00", None),
    ],
)
def test_a_daily_window_has_an_occurrence_a_day(moment, occurrence):
    on = session("5 00:00", "8 00:00", "10:00-11:00")
    assert on.live(at(moment)) == (occurrence and date(2026, 3, occurrence))


@pytest.mark.parametrize(
    ("moment", "occurrence"),
    [
        ("5 21:59:59", None),
        ("5 22:00:00", 5),
        ("5 23:59:59", 5),
        ("6 00:00:00", 5),
        ("6 01:59:59", 5),
        ("6 02:00:00", None),
        ("6 22:00:00", 6),
        ("7 01:00:00", 6),
        ("7 12:00:00", None),
    ],
)
def test_a_window_whose_end_is_not_after_its_start_crosses_midnight(moment, occurrence):
    on = session("5 12:00", "7 12:00", "22:00-02:00")
    assert on.live(at(moment)) == (occurrence and date(2026, 3, occurrence))


def test_a_turn_that_began_before_the_range_goes_by_the_day_on_which_it_began():
    on = session("6 00:30", "7 12:00", "22:00-02:00")
    assert on.live(at("6 00:29:59")) is None
    assert on.live(at("6 00:30:00")) == date(2026, 3, 5)
    assert on.bounds(date(2026, 3, 5)).start == at("6 00:30")
    assert on.bounds(date(2026, 3, 5)).end == at("6 02:00")


def test_a_wheel_is_on_all_day_and_every_midnight_begins_the_next_occurrence():
    on = session("5 00:00", None, "00:00-24:00")
    assert on.live(at("5 23:59:59")) == date(2026, 3, 5)
    assert on.live(at("6 00:00:00")) == date(2026, 3, 6)
    assert on.live(at("30 13:00:00")) == date(2026, 3, 30)


def test_the_same_clock_twice_is_a_whole_day():
    on = session("5 00:00", "9 00:00", "10:00-10:00")
    assert on.live(at("6 09:59:59")) == date(2026, 3, 5)
    assert on.live(at("6 10:00:00")) == date(2026, 3, 6)


@pytest.mark.parametrize(
    ("moment", "occurrence"),
    [
        ("1 00:00", 5),
        ("5 10:30", 5),
        ("5 11:00", 6),
        ("7 09:55", 7),
        ("7 11:00", None),
        ("9 00:00", None),
    ],
)
def test_what_is_released_now_is_for_the_occurrence_that_is_on_or_comes(moment, occurrence):
    on = session("5 00:00", "8 00:00", "10:00-11:00")
    assert on.live_or_next(at(moment)) == (occurrence and date(2026, 3, occurrence))


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        (("5 10:00", "5 11:00"), ("5 11:00", "5 12:00"), False),
        (("5 10:00", "5 11:01"), ("5 11:00", "5 12:00"), True),
        (("5 10:00", None), ("9 11:00", "9 12:00"), True),
        (("5 10:00", "9 00:00"), ("9 00:00", None), False),
        (("5 00:00", "8 00:00", "10:00-11:00"), ("5 00:00", "8 00:00", "11:00-12:00"), False),
        (("5 00:00", "8 00:00", "10:00-11:01"), ("5 00:00", "8 00:00", "11:00-12:00"), True),
        (("5 00:00", "8 00:00", "22:00-02:00"), ("5 00:00", "8 00:00", "01:00-03:00"), True),
        (("5 00:00", "8 00:00", "22:00-02:00"), ("5 00:00", "8 00:00", "02:00-22:00"), False),
        (("5 00:00", "8 00:00", "10:00-11:00"), ("8 00:00", "9 00:00", "10:00-11:00"), False),
        (("5 00:00", "6 10:30", "10:00-11:00"), ("6 10:00", "9 00:00", "10:00-11:00"), True),
        (("5 00:00", "6 10:00", "10:00-11:00"), ("6 10:00", "9 00:00", "10:00-11:00"), False),
        (("5 00:00", None, "10:00-11:00"), ("20 10:59", "20 11:30"), True),
        (("5 00:00", None, "10:00-11:00"), ("20 11:00", "21 10:00"), False),
    ],
)
def test_sessions_overlap_if_they_are_ever_on_at_once(one, other, meet):
    assert session(*one).overlaps(session(*other)) == meet
    assert session(*other).overlaps(session(*one)) == meet


@pytest.mark.parametrize(("clock", "reached"), [("00:00", 0), ("09:30", 570), ("23:59", 1439), ("24:00", 1440)])
def test_a_clock_is_minutes_since_midnight(clock, reached):
    assert minutes(clock) == reached


@pytest.mark.parametrize("clock", ["", "9:30", "24:01", "12:60", "1200", "12:00:00", "ab:cd", "-1:00", "１２:00"])
def test_what_is_no_time_of_a_day_is_refused(clock):
    with pytest.raises(ValueError, match=f"^{re.escape(clock)}"):
        minutes(clock)
