"""Lists of draws cost what their page costs: no join through which the database would sort the whole table."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activities.admin.draws import DrawBatchAdmin, DrawLogAdmin
from tests.factories.activities import NOW, open_box
from tests.factories.draws import buy

pytestmark = pytest.mark.django_db
PAGES = ["/admin/activities/drawlog/", "/admin/activities/drawbatch/", "/admin/accounts/member/{}/change/"]


@pytest.fixture
def drawn(make_member):
    member = make_member(points_balance=100_000)
    for name in ("甲", "乙", "丙"):
        buy(member, open_box(total=20, name=name), 4, now=NOW)
    return member


def reading(queries, table):
    """Return what read a page's rows of a table, whatever counted them aside."""
    return [each["sql"] for each in queries if f"FROM {connection.ops.quote_name(table)}" in each["sql"]]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_the_back_office_joins_nothing_to_its_draws(office, drawn, page):
    with CaptureQueriesContext(connection) as queries:
        assert office.get(page.format(drawn.pk)).status_code == 200
    paged = [sql for table in ("draw_logs", "draw_batches") for sql in reading(queries, table) if "ORDER BY" in sql]
    assert paged
    assert [sql for sql in paged if "JOIN" in sql] == []


def test_a_member_s_own_log_joins_nothing(app_client, drawn, django_assert_num_queries):
    with django_assert_num_queries(5) as queries:
        body = app_client(drawn).get("/api/app/users/me/draw_logs").json()
    assert {each["activity_name"] for each in body["list"]} == {"甲", "乙", "丙"}
    assert [sql for sql in reading(queries.captured_queries, "draw_logs") if "JOIN" in sql] == []


@pytest.mark.parametrize("page", [DrawLogAdmin, DrawBatchAdmin])
def test_django_adds_no_join_by_itself(page):
    assert page.list_select_related is False
