"""The first page: today, what waits for somebody, the last days; each operator sees what they may."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Member
from activities.models import DrawBatch, DrawLog
from blindbox.common.business_day import business_day, day_bounds
from blindbox.system.models import Finding, OutboxMessage
from orders.enums import PayWith
from orders.models import Order, Refund
from orders.services import refunding
from tests.factories.activities import make_activity, make_product, open_box
from tests.factories.orders import buy, make_order, make_payment


def _figures(response) -> dict[str, str]:
    return {part.title: part.value.value for part in response.context["figures"]}


def test_an_empty_shop_says_what_to_do_first(office):
    page = office.get("/admin/").content.decode()
    assert "没有需要处理的事" in page
    assert "先建商品，再建活动、开放一期" in page


def test_it_counts_draws_payers_and_new_members_of_today(office, make_member):
    now = timezone.now()
    member = make_member(points_balance=5000, now=now)
    make_member(now=now - timedelta(days=3))
    buy(member, open_box(now=now - timedelta(minutes=5)), count=3, pay_with=PayWith.POINTS, now=now)
    expected = {"今日抽数": "3", "今日流水": "¥0.00", "今日支付人数": "1", "今日新增用户": "1"}
    page = office.get("/admin/")
    assert _figures(page) == expected
    assert page.context["curves"][0]["data"].count("3") >= 1
    assert "海洋系列" in page.content.decode()


def test_takings_say_how_much_of_them_went_back(office, make_member):
    now = timezone.now()
    order = buy(make_member(now=now), open_box(now=now), count=2, now=now)
    Order.objects.filter(pk=order.pk).update(status="refunded", paid_at=now, paid_fen=12_000, refunded_fen=12_000)
    part = next(each for each in office.get("/admin/").context["figures"] if each.title == "今日流水")
    assert (part.value.value, part.value.note) == ("¥120.00", "其中已退 ¥120.00，昨日 ¥0.00")


def test_each_todo_leads_to_the_list_of_what_waits(office):
    now = timezone.now()
    make_product(name="快没了", stock=3)
    make_product(name="很多", stock=300)
    OutboxMessage.objects.create(topic="t", event_key="k", subscriber="s", payload={}, dead_at=now)
    todos = {part.title: part.value for part in office.get("/admin/").context["todos"]}
    assert {title: todo.count for title, todo in todos.items()} == {"事件投递失败": 1, "低库存商品": 1}
    for todo in todos.values():
        assert office.get(todo.url).context["cl"].result_count == 1


def test_the_numbers_are_computed_once_a_minute(office, make_member, django_assert_max_num_queries):
    assert _figures(office.get("/admin/"))["今日新增用户"] == "0"
    make_member(now=timezone.now())
    with django_assert_max_num_queries(3):  # session, operator, and no numbers
        assert _figures(office.get("/admin/"))["今日新增用户"] == "0"


def test_days_are_shanghais_and_half_open(office, make_member):
    start, end = day_bounds(business_day(timezone.now()))
    member = make_member(points_balance=50_000, now=start - timedelta(days=3))
    issue = open_box(total=200, last=False, now=start - timedelta(days=3))
    for draws, at in {1: start - timedelta(microseconds=1), 2: start, 3: end - timedelta(microseconds=1)}.items():
        buy(member, issue, count=draws, pay_with=PayWith.POINTS, now=at)
    part = next(each for each in office.get("/admin/").context["figures"] if each.title == "今日抽数")
    assert (part.value.value, part.value.note) == ("5", "昨日 1")


def test_extras_that_come_with_a_ticket_are_no_draws(office, make_member):
    now = timezone.now()
    member = make_member(points_balance=50_000, now=now)
    buy(member, open_box(total=10, now=now), count=10, pay_with=PayWith.POINTS, now=now)
    assert DrawLog.objects.count() == 11
    assert _figures(office.get("/admin/"))["今日抽数"] == "10"


def test_a_surplus_is_a_todo_until_it_went_back(office, make_member):
    now = timezone.now()
    order = make_order(make_member(now=now), status="completed", paid_fen=6000, paid_at=now)
    paid = {"transaction_id": "4200", "paid_at": now, "closed_at": now}
    refund = refunding.request_surplus(payment_id=make_payment(order, status="surplus", **paid).pk, now=now)
    [todo] = [part.value for part in office.get("/admin/").context["todos"] if part.title == "异常支付"]
    assert (todo.count, office.get(todo.url).context["cl"].result_count) == (1, 1)
    refunding.succeeded(number=refund.out_refund_no, provider_id="5030", at=now, now=now)
    cache.clear()
    assert "异常支付" not in office.get("/admin/").content.decode()


@pytest.mark.parametrize(
    ("model", "column"),
    [
        (Order, "paid_at"),
        (Order, "status"),
        (DrawBatch, "settled_at"),
        (Member, "created_at"),
        (Refund, "status"),
        (OutboxMessage, "dead_at"),
        (Finding, "solved_at"),
    ],
    ids=str,
)
def test_what_the_home_page_asks_big_tables_for_leads_an_index(db, model, column):
    with connection.cursor() as cursor:
        keys = connection.introspection.get_constraints(cursor, model._meta.db_table).values()
    assert column in {key["columns"][0] for key in keys if key["index"] and key["columns"]}


def test_a_search_counts_what_it_found_and_not_the_whole_table(office, make_member):
    make_member()
    with CaptureQueriesContext(connection) as asked:
        office.get("/admin/accounts/member/", {"q": "nobody"})
    [count] = [query["sql"] for query in asked if query["sql"].startswith("SELECT COUNT(")]
    assert "nobody" in count
    assert "user_point_accounts" not in count  # what each row shows costs the count nothing


@pytest.mark.parametrize(
    ("permissions", "titles"),
    [
        ([], []),
        (["accounts.view_member"], ["今日新增用户"]),
        (["orders.view_order", "activities.view_drawlog"], ["今日抽数", "今日支付人数"]),
    ],
)
def test_operators_see_only_numbers_of_what_they_may_look_at(office_of, make_operator, permissions, titles):
    page = office_of(make_operator(permissions=permissions)).get("/admin/")
    assert [part.title for part in page.context["figures"]] == titles


def test_an_activity_without_an_issue_on_sale_waits_for_somebody(office):
    idle = make_activity(name="还没开")
    open_box(name="在卖")
    make_activity(name="归档", status="archived")
    [todo] = [each.value for each in office.get("/admin/").context["todos"] if each.title == "上架但没有进行中的期次"]
    assert (todo.count, list(office.get(todo.url).context["cl"].queryset)) == (1, [idle])
