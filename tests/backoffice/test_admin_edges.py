"""Addresses and forms that nobody's screen offers: wild numbers, wild filters, wild moments. Never a server error."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from blindbox.system.models import Notice, OperationLog
from tests.factories.activities import make_activity
from tests.factories.pages import PAGES, admin_url, rows

MISSING = "999999999"
REFUSED = {302, 400, 403, 404, 405}
HUGE = ["9" * 19, "9" * 30, "9" * 5000]
IDS = ["zzz", "0", "-1", "1.5", "９", *HUGE, "1_2F", "%00"]
MOMENTS = [
    ("0001-01-01", "00:00:00"),
    ("9999-12-31", "23:59:59"),
    ("0000-00-00", "00:00"),
    ("2026-02-30", "12:00"),
    ("1991-04-14", "00:30"),  # the clocks of Shanghai were put forward over it
    ("9" * 5000, "25:99"),
    ("昨天", "中午"),
    ("\x00", "\x00"),
]
MODELS = pytest.mark.parametrize("model", [model for model, _ in PAGES], ids=lambda model: model._meta.label)


@pytest.fixture
def browser(office: Client) -> Client:
    """A browser that is shown a server error instead of raising it."""
    office.raise_request_exception = False
    return office


def _routes_of_rows(page) -> list[str]:
    return [f"admin:{each.name}" for each in page.get_urls() if each.name and "object_id" in str(each.pattern)]


@MODELS
def test_no_page_of_a_row_opens_for_a_number_that_none_can_have(browser, model):
    routes = _routes_of_rows(admin.site._registry[model])
    assert len(routes) >= 3
    for route in routes:
        for wild in IDS:
            url = reverse(route, args=[wild])
            answers = {"get": browser.get(url).status_code, "post": browser.post(url).status_code}
            assert set(answers.values()) <= REFUSED, (route, wild[:20], answers)


@MODELS
def test_no_button_breaks_over_a_row_that_is_gone(browser, model):
    sent = {"_form_submitted": "True", "reason": "原因", "delta": "5", "key": "k", "post": "yes"}
    for route in _routes_of_rows(admin.site._registry[model]):
        url = reverse(route, args=[MISSING])
        assert browser.get(url).status_code != 500, route
        assert browser.post(url, sent).status_code != 500, route


def _filters(page, model) -> Iterator[tuple[str, str]]:
    """Yield what to ask lists for: the filters' own parameters, and a column of each type by several lookups."""
    for each in page.list_filter:
        name = each[0] if isinstance(each, tuple) else getattr(each, "parameter_name", each)
        yield from ((f"{name}{lookup}", HUGE[0]) for lookup in ("", "__exact", "__id__exact"))
    for column in {type(column): column for column in model._meta.concrete_fields}.values():
        yield from ((column.attname, "zzz"), (f"{column.name}__in", HUGE[0]), (f"{column.name}__year", "0"))
    yield from ((name, wild) for name in ("p", "o", "e", "_to_field", "_facets") for wild in ("zzz", HUGE[1]))
    yield from (("q", "\x00"), ("_changelist_filters", "%00=&&"))


@MODELS
def test_no_list_breaks_over_a_filter(browser, model):
    for name, wild in _filters(admin.site._registry[model], model):
        status = browser.get(admin_url(model, "changelist"), {name: wild}).status_code
        assert status == 200 or status in REFUSED, (name, wild[:20], status)


TIMES = [
    (model, each[0])
    for model, page in PAGES
    for each in page.list_filter
    if isinstance(each, tuple) and "TimeRange" in each[1].__name__
]


@pytest.mark.parametrize(("model", "column"), TIMES, ids=lambda value: getattr(value, "__name__", value))
def test_no_list_breaks_over_a_moment(browser, model, column):
    for day, time in MOMENTS:
        asked = {f"{column}_{side}_{part}": text for side in ("from", "to") for part, text in enumerate((day, time))}
        status = browser.get(admin_url(model, "changelist"), asked).status_code
        assert status in {200, 302}, (day[:20], time, status)


def _listed(browser, **asked) -> int:
    return browser.get(admin_url(Notice, "changelist"), asked).context["cl"].result_count


def test_a_time_range_takes_days_without_a_time_and_any_year(browser):
    for day in (1, 2, 3):
        at = timezone.make_aware(timezone.datetime(2026, 3, day, 12))
        Notice.objects.create(title=f"{day}日", body="", starts_at=at, ends_at=at + timezone.timedelta(days=9))
    assert _listed(browser, starts_at_from_0="2026-03-02") == 2
    assert _listed(browser, starts_at_to_0="2026-03-02") == 2
    assert _listed(browser, starts_at_from_0="2026-03-02", starts_at_from_1="12:01") == 1
    assert _listed(browser, starts_at_from_0="0001-01-01", starts_at_to_0="9999-12-31") == 3
    assert _listed(browser, starts_at_to_0="0001-01-01") == 0


def test_an_unreadable_time_is_named_and_filters_nothing(browser):
    page = browser.get(admin_url(Notice, "changelist"), {"starts_at_from_0": "昨天", "starts_at_from_1": "中午"})
    assert [str(each) for each in get_messages(page.wsgi_request)] == ["“开始时间”的时间写得不对，没有按它筛选"]


@MODELS
def test_no_bulk_action_breaks_over_a_row_that_cannot_be(browser, model):
    for command in ("delete_selected", "put_on_sale"):
        for wild in ("zzz", *HUGE):
            sent = {"action": command, "_selected_action": wild, "index": wild}
            assert browser.post(admin_url(model, "changelist"), sent).status_code != 500, (command, wild[:20])


@MODELS
def test_an_address_fills_no_form_in(browser, model):
    for wild in ("zzz", *HUGE):
        asked = {column.name: wild for column in model._meta.concrete_fields}
        answer = browser.get(admin_url(model, "add"), asked)
        assert answer.status_code == 200 or answer.status_code in REFUSED, wild[:20]
        assert "zzz" not in answer.content.decode()


@pytest.mark.parametrize("path", ["issue/add/?activity={}", "issue/product-card/{}/", "{}/", "issue/{}/"])
@pytest.mark.parametrize("wild", IDS)
def test_no_other_route_breaks_over_a_wild_number(browser, path, wild):
    assert browser.get(f"/admin/activities/{path.format(quote(wild))}").status_code in REFUSED
    assert browser.get("/admin/autocomplete/", {
        "app_label": "activities", "model_name": "issue", "field_name": "activity", "term": wild, "page": wild,
    }).status_code in {200, 404}  # fmt: skip


WHEN = "时间必须在 2000 年到 2199 年之间"


def _notice(start: tuple[str, str], end: tuple[str, str]) -> dict[str, str]:
    moments = {"starts_at_0": start[0], "starts_at_1": start[1], "ends_at_0": end[0], "ends_at_1": end[1]}
    return {"title": "公告", "body": "内容", "is_published": "on", **moments}


@pytest.mark.parametrize("at", MOMENTS)
def test_forms_refuse_impossible_moments_beside_the_field(browser, at):
    activity, logged = make_activity(), 2  # the activity and its category
    sent = {
        "system.Notice": _notice(at, at),
        "activities.Activity": {
            "name": "海洋", "category": activity.category_id, "gameplay": "ichiban", "price_fen": "60",
            "status": "active", "largest_order": 10, "starts_at_0": at[0], "starts_at_1": at[1],
        },
        "activities.Issue": {"activity": activity.pk, "starts_at_0": at[0], "starts_at_1": at[1], **rows("rewards")},
    }  # fmt: skip
    for label, fields in sent.items():
        app, name = label.lower().split(".")
        url = f"/admin/{app}/{name}/add/?activity={activity.pk}"
        answer = browser.post(url, fields)
        assert answer.status_code == 200, (label, answer.status_code)
        assert answer.context["adminform"].form.errors["starts_at"], label
    assert OperationLog.objects.count() == logged


def test_a_moment_out_of_range_is_refused_in_chinese(browser):
    answer = browser.post(admin_url(Notice, "add"), _notice(("1999-12-31", "23:59"), ("2200-01-01", "00:00")))
    assert answer.context["adminform"].form.errors == {"starts_at": [WHEN], "ends_at": [WHEN]}
    assert (
        browser.post(admin_url(Notice, "add"), _notice(("2000-01-01", "00:00"), ("2199-12-31", "23:59"))).status_code
        == 302
    )
    assert Notice.objects.count() == 1
