"""People type yuan and percent; the database holds fen and parts per million."""

import pytest
from django.core.exceptions import ValidationError

from blindbox.common.adminkit import PercentField, YuanField


@pytest.mark.parametrize(
    ("typed", "fen"),
    [("60.00", 6000), ("60", 6000), ("0.01", 1), ("0", 0), (" 19.9 ", 1990), ("999999999.99", 99999999999)],
)
def test_yuan_become_fen(typed, fen):
    assert YuanField().clean(typed) == fen


@pytest.mark.parametrize("typed", ["60.005", "-1", "NaN", "Infinity", "1e400", "六十", "12345678901234.00"])
def test_what_is_no_price_is_refused(typed):
    with pytest.raises(ValidationError):
        YuanField().clean(typed)


def test_an_empty_price_is_no_price():
    assert YuanField(required=False).clean("") is None


def test_fen_are_shown_as_yuan_and_typed_text_stays_as_typed():
    assert YuanField().prepare_value(6000) == "60.00"
    assert YuanField().prepare_value("60.005") == "60.005"


@pytest.mark.parametrize(("typed", "changed"), [("60.00", False), ("60", False), ("60.01", True)])
def test_the_same_amount_is_no_change(typed, changed):
    assert YuanField().has_changed(6000, typed) is changed


@pytest.mark.parametrize(("typed", "ppm"), [("0.5", 5000), ("100", 1_000_000), ("0.0001", 1), ("99.9", 999_000)])
def test_percent_become_ppm(typed, ppm):
    assert PercentField().clean(typed) == ppm


def test_ppm_are_shown_as_percent_without_idle_zeros():
    assert [PercentField().prepare_value(ppm) for ppm in (5000, 1_000_000, 1)] == ["0.5", "100", "0.0001"]
