"""Guarantee, limited prizes and wheel: typed on the activity's page, in Chinese; no JSON shows."""

import pytest

from activities.models import Activity
from tests.factories.activities import NOW, make_activity
from tests.factories.draws import buy
from tests.factories.odds import draft_of, open_issue_of
from tests.factories.pages import added_activity, save, typed_activity


def typed(**changes):
    own = {"guarantee_levels": "", "guarantee_within": "", "on_sold_out": "pause", "wheel_layout": "wheel"}
    paid = {"gameplay": "infinite", "price_fen": "60.00", "price_points": "600", "wheel_segments": ""}
    return {**paid, **own, **changes}


@pytest.fixture
def add(office):
    category_id = make_activity().category_id
    return lambda **changes: added_activity(office, category_id, **typed(**changes))


COMMON = {"largest_order": 10, "bundle_prices": []}


def test_a_guarantee_is_typed_as_levels_and_a_number(add):
    config, _ = add(guarantee_levels="S，A", guarantee_within="30", on_sold_out="substitute")
    assert config == {**COMMON, "guarantee": {"levels": ["S", "A"], "within": 30}, "on_sold_out": "substitute"}


def test_left_empty_nothing_is_guaranteed(add):
    assert add()[0] == COMMON


def test_a_wheel_has_a_layout(add):
    assert add(gameplay="wheel", wheel_layout="grid")[0] == {**COMMON, "layout": "grid"}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"guarantee_levels": "A"}, "保底赏级和抽数要一起填，或者都留空"),
        ({"guarantee_within": "9"}, "保底赏级和抽数要一起填，或者都留空"),
        ({"guarantee_levels": "A，A", "guarantee_within": "9"}, "保底赏级有重复的赏级"),
        ({"guarantee_levels": "A", "guarantee_within": "1"}, "确保该值大于或等于2"),
        ({"guarantee_levels": "长" * 17, "guarantee_within": "9"}, "每个不超过 16 字"),
        ({"gameplay": "wheel", "wheel_layout": "grid", "wheel_segments": "9"}, "九宫格的格数只能是 8"),
    ],
)
def test_what_cannot_be_played_is_told_and_nothing_is_made(add, changes, text):
    config, page = add(**changes)
    assert (config, text in page) == (None, True)


def test_inputs_of_other_gameplay_are_ignored_whatever_they_hold(add):
    assert add(gameplay="ichiban", guarantee_levels="A", wheel_segments="99", on_sold_out="substitute")[0] == COMMON


def test_the_page_shows_what_is_set_and_changes_it(office):
    issue = draft_of([("A", 1), ("C", 999_999)], config={"guarantee": {"levels": ["A", "B"], "within": 9}})
    url = f"/admin/activities/activity/{issue.activity_id}/change/"
    page = office.get(url).content.decode()
    assert ('value="A，B"' in page, 'value="9"' in page, "保底与限量" in page) == (True, True, True)
    category = Activity.objects.get().category_id
    save(office, url, typed_activity(category, **typed(guarantee_levels="A", guarantee_within="12")))
    assert Activity.objects.get().config == {**COMMON, "guarantee": {"levels": ["A"], "within": 12}}
    save(office, url, typed_activity(category, **typed()))
    assert Activity.objects.get().config == COMMON


def test_a_paused_issue_says_so_on_its_page_and_in_the_list(office, make_member):
    issue = open_issue_of([("A", 999_999, 1), ("C", 1)])
    page = f"/admin/activities/issue/{issue.pk}/change/"
    assert "已暂停" not in office.get(page).content.decode()
    buy(make_member(points_balance=600), issue, 1, now=NOW)
    assert "限量奖品已发完，已暂停销售" in office.get(page).content.decode()
    assert "已暂停的期次" in office.get("/admin/").content.decode()
    [row] = office.get("/admin/activities/issue/?paused=yes").context["cl"].result_list
    assert row == issue
    assert "已暂停" in office.get(f"/admin/activities/activity/{issue.activity_id}/change/").content.decode()


def test_what_opening_promises_is_said_before(office):
    lines = [("A", 10_000, 3, "S"), ("S", 10_000), ("B", 80_000, 5), ("C", 900_000)]
    config = {"guarantee": {"levels": ["A", "S"], "within": 9}}
    issue = draft_of([("A", 10_000, 3), *lines[1:]], config=config)
    dialog = office.get(f"/admin/activities/issue/{issue.pk}/open_issue/").content.decode()
    assert "保底：每 9 抽之内必得 A、S 赏，每位用户单独计数" in dialog
    assert "限量奖品「A A 赏积分」「B B 赏积分」发完之前会暂停销售" in dialog
    assert "有人买了之后" not in dialog
