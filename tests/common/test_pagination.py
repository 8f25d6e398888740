"""Pages count, logs do not; both are bounded, and a log's cursor neither repeats nor misses while rows arrive."""

import pytest
from rest_framework.test import APIClient

from blindbox.system.audit import SYSTEM, Change, record
from blindbox.system.models import OperationLog
from tests.factories.catalog import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.common.probes")]
PAGES, LOG = "/api/pages", "/api/log"


def fill(count: int) -> list[int]:
    for number in range(count):
        record(Change("测试", "Row", number), actor=SYSTEM, now=NOW)
    return list(OperationLog.objects.order_by("pk").values_list("pk", flat=True))


def ids(body: dict[str, list[dict[str, int]]]) -> list[int]:
    return [row["id"] for row in body["list"]]


def test_a_page_tells_the_total(anonymous: APIClient, django_assert_num_queries):
    made = fill(5)
    with django_assert_num_queries(2):
        first = anonymous.get(PAGES, {"page_size": 2}).json()
    assert first == {"list": [{"id": pk} for pk in made[:2]], "total": 5, "page": 1, "page_size": 2}
    assert ids(anonymous.get(PAGES, {"page": 3, "page_size": 2}).json()) == made[4:]
    assert ids(anonymous.get(PAGES, {"page": 4, "page_size": 2}).json()) == []


def test_twenty_unless_told(anonymous: APIClient):
    made = fill(21)
    assert ids(anonymous.get(PAGES).json()) == made[:20]
    assert ids(anonymous.get(LOG).json()) == made[:0:-1]


def test_an_empty_list_is_a_page_too(anonymous: APIClient):
    assert anonymous.get(PAGES).json() == {"list": [], "total": 0, "page": 1, "page_size": 20}
    assert anonymous.get(LOG).json() == {"list": [], "next_cursor": None}


@pytest.mark.parametrize("bad", ["0", "-1", "x", "1.5", "", "10000000000", "9" * 2000, "NaN", "1e3"])
@pytest.mark.parametrize(("url", "name"), [(PAGES, "page"), (PAGES, "page_size"), (LOG, "cursor"), (LOG, "limit")])
def test_bounds_are_held(anonymous: APIClient, url: str, name: str, bad: str):
    if (name, bad) == ("cursor", "10000000000"):
        bad = str(2**63)
    answer = anonymous.get(url, {name: bad})
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, name)


def test_a_log_is_newest_first_and_ends(anonymous: APIClient, django_assert_num_queries):
    made = fill(5)
    with django_assert_num_queries(1):
        first = anonymous.get(LOG, {"limit": 2}).json()
    assert (ids(first), first["next_cursor"]) == ([made[4], made[3]], made[3])
    second = anonymous.get(LOG, {"limit": 3, "cursor": first["next_cursor"]}).json()
    assert (ids(second), second["next_cursor"]) == ([made[2], made[1], made[0]], None)


def test_rows_that_arrive_while_somebody_reads_move_nothing(anonymous: APIClient):
    made = fill(6)
    first = anonymous.get(LOG, {"limit": 3}).json()
    fill(4)
    second = anonymous.get(LOG, {"limit": 3, "cursor": first["next_cursor"]}).json()
    assert ids(first) + ids(second) == made[::-1]
