"""A purchase sends the same statements for one draw and for ten, 16 at most, authentication and all."""

import secrets
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activities import selectors
from blindbox.system import configs
from tests.factories.activities import make_product, open_box, open_odds
from tests.factories.cards import open_by_pairs, open_goods
from tests.factories.draws import open_box_of_all_positions
from tests.factories.glue import DYNAMIC, SURE, make_tool, open_session, points
from tests.factories.odds import open_issue_of

pytestmark = pytest.mark.django_db
MOST = 16
BOOKKEEPING = ("SAVEPOINT", "RELEASE SAVEPOINT", "BEGIN", "COMMIT")


@pytest.fixture(autouse=True)
def _what_is_kept_for_a_moment_stays(monkeypatch):
    """However slow the machine is: settings, and the head of the public log, which is read again every ten seconds."""
    monkeypatch.setattr(configs, "KEPT_SECONDS", 3600)
    monkeypatch.setattr(selectors, "HEAD_SECONDS", 10**9)


@pytest.fixture
def statements(app_client, member):
    """Buy through the API and return what was sent to the database."""
    client = app_client(member)

    def sent(issue, count, pay_with="points", **wished):
        url = f"/api/app/activities/{issue.activity_id}/issues/{issue.pk}/draws"
        body = {"count": count, "pay_with": pay_with, "client_nonce": secrets.token_hex(16), **wished}
        with CaptureQueriesContext(connection) as captured:
            answer = client.post(url, body, HTTP_IDEMPOTENCY_KEY=secrets.token_hex(8))
        assert answer.status_code == 201, answer.json()
        assert len(answer.json()["draws"]) >= count
        return [each["sql"] for each in captured if not each["sql"].startswith(BOOKKEEPING)]

    return sent


def test_one_and_ten_from_a_box_send_the_same_number(statements):
    issue = open_box(total=100, now=timezone.now())
    statements(issue, 1)  # the process reads the frozen terms once
    assert len(statements(issue, 1)) == len(statements(issue, 10)) <= MOST


def test_weighted_draws_send_one_statement_for_a_kind_of_prize_whatever_the_count(statements):
    issue = open_odds(now=timezone.now())
    statements(issue, 1)
    counts = [len(statements(issue, count)) for count in (10, 10, 5)]
    assert max(counts) <= MOST
    assert max(counts) - min(counts) <= 1  # a batch without a product grants none


WITHIN_4 = {"guarantee": {"levels": ["A"], "within": 4}}
SUBSTITUTE = {"on_sold_out": "substitute"}
FOR_A_LIMIT = 3  # what is left, its stock, and how many more draws it bears


@pytest.mark.parametrize(
    ("lines", "options", "most"),
    [
        ([("A", 500_000), ("C", 500_000)], {}, MOST),
        ([("A", 500_000), ("C", 500_000)], {"gameplay": "wheel"}, MOST),
        ([("A", 1), ("C", 999_999)], {"config": WITHIN_4}, MOST),
        ([("A", 999_999, 1000), ("C", 1)], {}, MOST + FOR_A_LIMIT),
        ([("A", 999_999, 1000, "C"), ("C", 1)], {"config": SUBSTITUTE}, MOST + FOR_A_LIMIT),
        ([("A", 999_999, 1000), ("C", 1)], {"config": WITHIN_4}, MOST + FOR_A_LIMIT),
    ],
    ids=["plain", "wheel", "guarantee", "limited", "substitute", "limited and guarantee"],
)
def test_one_and_ten_by_odds_send_the_same_number_whatever_is_promised(statements, lines, options, most):
    issue = open_issue_of(lines, now=timezone.now(), product=make_product(stock=100_000), **options)
    statements(issue, 1)
    assert len(statements(issue, 1)) == len(statements(issue, 10)) <= most


@pytest.mark.parametrize(
    ("opened", "wished", "most"),
    [
        (partial(open_by_pairs, only_products=True), {}, MOST),
        (partial(open_by_pairs, only_products=True, A=1000, B=1000, C=1000), {}, MOST + FOR_A_LIMIT),
        (open_goods, {"choice": "2"}, MOST),
    ],
    ids=["by pairs", "limited tiers", "goods"],
)
def test_one_session_and_ten_send_the_same_number(statements, opened, wished, most):
    issue = opened(now=timezone.now())
    statements(issue, 1, **wished)
    assert len(statements(issue, 1, **wished)) == len(statements(issue, 10, **wished)) <= most


# what the generic tool sends: free and paid in points, by fixed odds, with a limited prize, by what is left
SURE_LIMITED = [points("A", odds_ppm=1_000_000, quantity=1000)]
TOOL = [
    (SURE, {}, None, 12),
    (SURE_LIMITED, {}, None, 13),
    (DYNAMIC, {"probability": "dynamic"}, None, 13),
    (SURE, {}, 20, 15),
    (SURE_LIMITED, {}, 20, MOST),
    (DYNAMIC, {"probability": "dynamic"}, 20, MOST),
]
TOOL_IDS = [f"{odds}, {way}" for way in ("free", "points") for odds in ("fixed odds", "limited", "by what is left")]


def open_tool(rewards, config, price_points, gameplay="timed"):
    activity = make_tool(gameplay, now=timezone.now(), price_points=price_points, config=config)
    return open_session(activity, rewards, now=timezone.now())


@pytest.mark.parametrize(("rewards", "config", "price", "due"), TOOL, ids=TOOL_IDS)
def test_one_and_ten_of_the_generic_tool_send_the_same_number(statements, rewards, config, price, due):
    issue = open_tool(rewards, config, price)
    way = {"pay_with": "points" if price else "free"}
    statements(issue, 1, **way)
    assert (len(statements(issue, 1, **way)), len(statements(issue, 10, **way))) == (due, due)


def test_limits_levels_and_releases_cost_nothing_more_when_nothing_is_due(statements):
    config = {"times_limit": 30, "daily": {"from": "00:00", "to": "24:00"}, "count_within": "activity"}
    levels = [points("A", odds_ppm=1_000_000, node=node) for node in range(1, 13)]
    issue = open_tool(levels, config, None, gameplay="nth_draw")
    statements(issue, 1, pay_with="free")
    assert (len(statements(issue, 1, pay_with="free")), len(statements(issue, 10, pay_with="free"))) == (12, 12)


FOR_THE_ANSWER = 2  # which session of the number is on; and the numbers that the requirement's answer shows


@pytest.mark.parametrize(("rewards", "config", "price", "due"), TOOL, ids=TOOL_IDS)
def test_the_requirements_own_route_sends_two_more(app_client, member, rewards, config, price, due):
    issue = open_tool(rewards, config, price)
    body = {"serial_no": issue.activity.serial_no, "uid": member.pk, "client_nonce": "n"}
    sent = []
    for key in ("first", "second", "third"):
        with CaptureQueriesContext(connection) as captured:
            answer = app_client(member).post("/v1/glue/activity/draw", body, HTTP_IDEMPOTENCY_KEY=key)
        assert (answer.status_code, answer.json()["code"]) == (200, "200")
        sent.append(len([each for each in captured if not each["sql"].startswith(BOOKKEEPING)]))
    assert sent[1:] == [due + FOR_THE_ANSWER] * 2


def test_extras_and_points_cost_nothing_more(statements):
    issue = open_box_of_all_positions()
    statements(issue, 1)
    assert len(statements(issue, 1)) == len(statements(issue, 8)) <= MOST
