"""The generic draw tool on the page of its activity: Chinese inputs for every entry, free where nothing is charged."""

import pytest

from tests.factories.activities import make_activity
from tests.factories.glue import make_tool
from tests.factories.pages import added_activity, save, typed_activity

ADD = "/admin/activities/activity/add/"
COMMON = {"largest_order": 10, "bundle_prices": []}
BLANK = {"tool_probability": "static", "tool_count_within": "session", "tool_amount_from": "order"}
BLANK |= dict.fromkeys(
    ["tool_empty_weight", "tool_times_limit", "tool_session_times_limit", "tool_daily_from", "tool_daily_to"], ""
)


def typed(**changes):
    return {"gameplay": "timed", **BLANK, **changes}


@pytest.fixture
def add(office):
    category_id = make_activity().category_id
    return lambda **changes: added_activity(office, category_id, **typed(**changes))


EVERYTHING = {
    "tool_probability": "dynamic", "tool_empty_weight": "9", "tool_times_limit": "7", "tool_session_times_limit": "3",
    "tool_daily_from": "9：30", "tool_daily_to": "24:00",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "config"),
    [
        ({}, {}),
        (
            EVERYTHING,
            {
                "probability": "dynamic",
                "empty_weight": 9,
                "times_limit": 7,
                "session_times_limit": 3,
                "daily": {"from": "09:30", "to": "24:00"},
            },
        ),
        ({"tool_empty_weight": "9"}, {}),
        ({"gameplay": "nth_draw"}, {}),
        (
            {"gameplay": "nth_draw", "tool_count_within": "activity", "tool_needs_pass": "on"},
            {"count_within": "activity", "needs_pass": True},
        ),
        ({"gameplay": "amount_range"}, {}),
        ({"gameplay": "amount_range", "tool_amount_from": "points"}, {"amount_from": "points"}),
        ({"tool_amount_from": "points", "tool_needs_pass": "on"}, {}),
    ],
)
def test_what_is_typed_is_what_is_configured(add, changes, config):
    assert add(**changes)[0] == {**COMMON, **config}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"tool_daily_from": "10:00"}, "每天的时段要把开始和结束都填上，或者都留空"),
        ({"tool_daily_from": "25:00", "tool_daily_to": "26:00"}, "写 24 小时制的时间"),
        ({"tool_daily_from": "24:00", "tool_daily_to": "08:00"}, "请写 00:00"),
        ({"tool_times_limit": "-1"}, "确保该值大于或等于0"),
        ({"gameplay": "ichiban"}, "单抽价格和单抽积分至少填一个"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_made(add, changes, text):
    config, page = add(**changes)
    assert (config, text in page) == (None, True)


def test_the_page_shows_what_is_set_and_the_number_to_copy(office):
    config = {"probability": "dynamic", "times_limit": 7, "daily": {"from": "10:00", "to": "11:00"}, "needs_pass": True}
    activity = make_tool("nth_draw", config=config)
    url = f"/admin/activities/activity/{activity.pk}/change/"
    page = office.get(url).content.decode()
    shown = [f'data-copy="{activity.serial_no}"', 'value="10:00"', 'value="11:00"', 'value="7"', "需要通关凭证"]
    assert [each in page for each in shown] == [True] * 5
    save(office, url, typed_activity(activity.category_id, **typed(gameplay="nth_draw", tool_times_limit="8")))
    activity.refresh_from_db()
    assert activity.config == {**COMMON, "times_limit": 8}


def test_a_new_activity_has_no_number_yet(office):
    page = office.get(ADD).content.decode()
    assert ("保存之后显示" in page, "data-copy" in page) == (True, False)
