"""The frame of /verify/{draw_log_id}: public, static, fit for the strict policy. Its checks are tested beside it."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from activities.models import Activity, DrawLog
from tests.factories.activities import NOW, open_box
from tests.factories.draws import buy

PARTS = ["fairness.js", "steps.js", "published.js", "deck.js", "odds.js", "weighted.js", "checks.js", "issue.js"]
PARTS += ["days.js", "cards.js", "pairs.js", "s3.js", "s3issue.js", "tables.js", "page.js", "page.css"]


pytestmark = pytest.mark.django_db


@pytest.fixture
def draw_id(make_member) -> int:
    issue = open_box()
    Activity.objects.filter(pk=issue.activity_id).update(name='<海洋> "系列"')
    buy(make_member(points_balance=600), issue, 1, now=NOW + timedelta(minutes=1))
    return int(DrawLog.objects.get().pk)


@pytest.fixture
def page(client: Client, draw_id: int) -> str:
    return client.get(f"/verify/{draw_id}").content.decode()


def test_anyone_may_open_it_and_one_query_asks_for_the_name(client, draw_id, django_assert_num_queries):
    with django_assert_num_queries(1):
        answer = client.get(f"/verify/{draw_id}")
    assert answer.status_code == 200


def test_it_names_activity_and_issue_as_text(page):
    assert 'data-title="&lt;海洋&gt; &quot;系列&quot; 第 1 期"' in page


def test_it_points_its_script_to_the_proof_of_that_draw(page, draw_id):
    assert f'data-proof="/api/app/draw_logs/{draw_id}/proof"' in page
    assert f'download="proof-{draw_id}.json"' in page


@pytest.mark.parametrize("number", [123, 2**63])
def test_a_number_of_no_draw_is_not_found_and_says_so_without_a_script(client, number):
    answer = client.get(f"/verify/{number}")
    page = answer.content.decode()
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert f"没有编号为 {number} 的抽奖" in page
    assert "<script" not in page


@pytest.mark.parametrize("path", ["/verify/", "/verify/abc", "/verify/-1", "/verify/1/"])
def test_what_is_no_number_is_not_found(client, path):
    assert client.get(path).status_code == 404


def test_it_can_only_be_read(client):
    assert client.post("/verify/123").status_code == 405


def test_its_policy_allows_nothing_inline_and_nothing_foreign(client, draw_id):
    response = client.get(f"/verify/{draw_id}")
    policy, page = response["Content-Security-Policy"], response.content.decode()
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'self'")
    assert re.search(r"<style|style=|\son\w+=|https?://", page) is None
    assert re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL) == [""]


def test_every_part_of_it_is_served_as_a_static_file(client, page):
    assert re.findall(r"/static/verify/([\w.]+)", page) == ["page.css", "page.js"]
    assert [part for part in PARTS if client.get(f"/static/verify/{part}").status_code != 200] == []


@pytest.mark.parametrize("part", [part for part in PARTS if part.endswith(".js")])
def test_its_modules_import_only_one_another_and_fetch_only_proofs(part):
    script = Path(str(finders.find(f"verify/{part}"))).read_text("utf-8")
    imported = re.findall(r'^import [^"]*"([^"]+)";', script, re.MULTILINE)
    assert set(imported) <= {f"./{other}" for other in PARTS}
    assert "import(" not in script
    assert re.findall(r"fetch\(.*?,", script) == (["fetch(url,"] if part == "page.js" else [])
