"""What pages of the back office say around their rows: titles, moments, yes and no, and what to do with a list."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from activities.models import DrawLog
from orders.models import Order
from tests.factories.accounts import make_member
from tests.factories.activities import make_activity, make_product
from tests.factories.pages import a_days_trade

ADD_PAGES = {"activities/activity": "新增活动", "catalog/product": "新增商品", "accounts/operator": "新增操作员"}
AT = datetime(2026, 11, 29, 19, 24, 19, tzinfo=UTC)
SHOWN = "2026-11-30 03:24:19"


@pytest.mark.parametrize("address", ADD_PAGES)
def test_a_page_that_adds_says_so_and_asks_for_no_reason(office, address):
    page = office.get(f"/admin/{address}/add/").content.decode()
    assert f"<span>{ADD_PAGES[address]}</span>" in page
    assert "change_reason" not in page


def test_a_new_activity_starts_now_unless_told_otherwise(office):
    before = timezone.now()
    starts_at = office.get("/admin/activities/activity/add/").context["adminform"].form.initial["starts_at"]
    assert before <= starts_at <= timezone.now()


def test_a_page_that_changes_asks_for_the_reason_and_deletes_without_a_stray_space(office):
    page = office.get(f"/admin/activities/activity/{make_activity().pk}/change/").content.decode()
    assert "change_reason" in page
    assert "删除活动" in page
    assert "删除 活动" not in page


def test_moments_have_one_format_with_seconds_in_lists_pages_and_inputs(office):
    a_days_trade()
    Order.objects.update(created_at=AT)
    DrawLog.objects.update(drawn_at=AT)
    activity = make_activity(name="森林", starts_at=AT)
    order, drawn = Order.objects.first(), DrawLog.objects.first()
    for address in ("orders/order/", "activities/drawlog/", f"activities/drawlog/{drawn.pk}/change/"):
        assert SHOWN in office.get(f"/admin/{address}").content.decode(), address
    assert SHOWN in office.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    page = office.get(f"/admin/activities/activity/{activity.pk}/change/").content.decode()
    assert [f'value="{part}"' in page for part in SHOWN.split()] == [True, True]


def test_no_is_a_word_and_no_alarm(office):
    page = office.get(f"/admin/accounts/member/{make_member().pk}/change/").content.decode()
    assert '<span class="bb-dim">否</span>' in page
    assert "close_small" not in page


@pytest.mark.parametrize(("query", "said"), [("", False), ("?q=手办", True), ("?kind__exact=physical", True)])
def test_a_list_counts_its_results_only_where_it_does_not_show_all(office, query, said):
    make_product()
    page = office.get(f"/admin/catalog/product/{query}").content.decode()
    assert ("1 条结果" in page, "显示全部" in page) == (said, said)


@pytest.mark.parametrize(("query", "offered"), [("", False), ("?q=zzz", True)])
def test_filters_are_offered_to_be_cleared_only_where_something_is_filtered(office, query, offered):
    assert ("清除筛选" in office.get(f"/admin/catalog/product/{query}").content.decode()) == offered
