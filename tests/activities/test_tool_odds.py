"""Realised and rehearsed odds of the generic tool: each draw is held to the table that it met."""

from collections import Counter
from datetime import timedelta

import pytest

from activities import selectors
from activities.models import DrawLog, Issue, Reward
from activities.services import chances, met_tables, opening, reporting, terms
from activities.services.simulating import rehearsals, simulate
from tests.factories.accounts import make_member
from tests.factories.activities import NOW, make_activity, make_draft, make_product, odds_rewards
from tests.factories.cards import open_goods
from tests.factories.draws import take
from tests.factories.glue import DYNAMIC, make_session, make_tool, open_session, points
from tests.factories.tool_runs import RUNS

pytestmark = pytest.mark.django_db
BY_STOCK = {"probability": "dynamic", "empty_weight": 100}
HALVES = [points("A", odds_ppm=500_000), points("B", odds_ppm=250_000)]


def report(issue):
    return reporting.of_issue(selectors.issue(issue.pk))


def drawn(issue, count):
    for _ in range(count // 10):
        take(make_member(), issue, 10, now=NOW)
    return issue


# what came


def test_what_was_expected_is_added_up_draw_by_draw():
    promised = terms.of_issue(open_session(make_tool(config=BY_STOCK), DYNAMIC).pk)
    a, b, nothing = (prize.id for prize in promised.prizes)
    met = met_tables.MetTables(promised)
    for q in ([50, 200], [0, 200], [0, 0]):  # A weighs 10, B 1, nothing 100
        met.see(nothing, {"node": None, "rewards": [a, b], "q": q})
    expected = {a: 500 / 800, b: 200 / 800 + 200 / 300, nothing: 100 / 800 + 100 / 300 + 1}
    assert met.odds_ppm() == {pk: round(n * 1_000_000 / 3) for pk, n in expected.items()}
    assert met.p_value() is None  # three draws say nothing


def test_a_prize_that_is_not_there_counts_for_what_takes_its_place():
    rewards = [points("A", odds_ppm=600_000, quantity=1), points("F", 1, is_fallback=True)]
    promised = terms.of_issue(open_session(make_tool(), rewards).pk)
    a, fallback, nothing = (prize.id for prize in promised.prizes)
    met = met_tables.MetTables(promised)
    for left in (1, 0):
        met.see(a, {"node": None, "rewards": [a, fallback], "q": [left, None]})
    assert met.odds_ppm() == {a: 300_000, fallback: 300_000, nothing: 400_000}


@pytest.mark.parametrize("name", RUNS)
def test_honest_draws_of_every_type_fit_or_are_too_few(name):
    found = report(RUNS[name]())
    assert found.fits in (True, None)
    assert sum(line.drawn for line in found.lines) == found.draws
    assert sum(line.odds_ppm for line in found.lines) == pytest.approx(1_000_000, abs=10)


def test_a_few_draws_are_called_neither_fitting_nor_not(client, admin_user):
    issue = drawn(open_session(make_tool(), [points("A", odds_ppm=100_000)]), 10)
    found = report(issue)
    assert (found.p_value, found.fits) == (None, None)
    url = f"/api/app/activities/{issue.activity_id}/issues/{issue.pk}/odds_report"
    body = client.get(url).json()
    assert (body["p_value"], body["fits"], body["draws"]) == (None, None, 10)
    client.force_login(admin_user)
    page = client.get(f"/admin/activities/issue/{issue.pk}/report/").content.decode()
    assert "逐抽复算" in page
    assert "在偶然范围内" not in page


@pytest.mark.parametrize("config", [{}, BY_STOCK], ids=["fixed odds", "by what is left"])
def test_prizes_that_came_too_often_do_not_fit(config):
    issue = drawn(open_session(make_tool(config=config), HALVES if not config else DYNAMIC), 200)
    assert report(issue).fits is True
    nothing = DrawLog.objects.filter(issue=issue, reward__kind="none")
    DrawLog.objects.filter(pk__in=list(nothing.values_list("pk", flat=True)[:70])).update(
        reward=Reward.objects.get(issue=issue, level="A")
    )
    assert report(issue).fits is False


def test_what_could_not_come_at_all_does_not_fit():
    issue = drawn(open_session(make_tool(config={"probability": "dynamic"}), [points("A", quantity=10, weight=1)]), 20)
    gone = DrawLog.objects.filter(issue=issue, roll__isnull=True).first()
    DrawLog.objects.filter(pk=gone.pk).update(reward=Reward.objects.get(issue=issue, level="A"))
    assert (report(issue).p_value, report(issue).fits) == (0.0, False)


# the test itself


def test_tables_are_tested_together_with_the_freedom_of_each():
    assert chances.p_of_expected([[(60, 50), (40, 50)]]) == pytest.approx(0.0455, abs=1e-4)
    assert chances.p_of_expected([[(60, 50), (40, 50)]] * 2) == pytest.approx(0.0183, abs=1e-4)
    assert chances.p_of_expected([[(3, 4.0), (5, 4.0)]]) is None
    assert chances.p_of_expected([]) is None


# beforehand


def lines_of(found):
    return {line.prize.level: line.drawn for line in found.lines}


def test_a_rehearsal_carries_stock_along_until_everything_is_gone():
    issue = make_session(make_tool(config={"probability": "dynamic"}), DYNAMIC)
    found = simulate(issue=issue, draws=1000, seed="s", now=NOW)
    assert lines_of(found) == {"A": 50, "B": 200, "空奖": 750}
    assert found.p_value is None or found.p_value > 1e-6
    first = simulate(issue=issue, draws=50, seed="s", now=NOW)  # the stream names the ids, so each run differs
    assert lines_of(first)["A"] < 50  # all fifty of them being A is no chance worth naming
    assert first.p_value is None or first.p_value > 1e-6


def test_a_rehearsal_releases_as_the_plan_says():
    """Of 48 hours and 1000 draws, the second half of A comes after 36 hours: the draws before cannot meet it."""
    rewards = [points("A", odds_ppm=1_000_000, quantity=500)]
    start = NOW - timedelta(hours=1)
    drops = [("A", start, 250), ("A", start + timedelta(hours=36), 200)]
    issue = open_session(make_tool(), rewards, drops=drops, starts_at=start, ends_at=start + timedelta(hours=48))
    promised = terms.of_issue(issue.pk)
    won = [
        number
        for number, [result] in enumerate(rehearsals.draws_of(promised, count=1000, seed="s"))
        if result.reward_id == promised.prizes[0].id
    ]
    assert won == [*range(250), *range(750, 950)]
    assert lines_of(simulate(issue=issue, draws=1000, seed="s", now=NOW)) == {"A": 450, "空奖": 550}


def test_opening_warns_of_units_that_a_plan_never_brings():
    issue = open_session(make_tool(), [points("A", odds_ppm=5, quantity=10)], drops=[("A", NOW, 7)])
    said = "「A 5 积分」计划投放 7 件，少于数量 10：其余 3 件不会投放，谁也抽不到"
    assert opening.preview(issue_id=issue.pk).warnings == [said]
    whole = make_session(make_tool(name="全部"), [points("A", odds_ppm=5, quantity=10)])
    assert opening.preview(issue_id=whole.pk).warnings == []


def test_a_guarantee_and_further_cards_are_no_draws_of_their_own():
    config = {"guarantee": {"levels": ["A"], "within": 3}}
    issue = make_draft(make_activity(gameplay="infinite", config=config), odds_rewards(make_product()))
    promised = terms.rehearsed(issue)
    rolls = Counter(result.roll < 5_000 for [result] in rehearsals.draws_of(promised, count=3000, seed="g"))
    found = simulate(issue=issue, draws=3000, seed="g", now=NOW)
    assert lines_of(found)["A"] > 900 > rolls[True]  # what was given is not what was rolled
    assert found.p_value > 1e-6
    goods = open_goods()
    first = Counter(
        results[0].reward_id for results in rehearsals.draws_of(terms.of_issue(goods.pk), count=500, seed="g")
    )
    prizes = terms.of_issue(goods.pk).prizes
    due = chances.p_value([first[prize.id] for prize in prizes], [prize.odds_ppm for prize in prizes])
    assert simulate(issue=Issue.objects.get(pk=goods.pk), draws=500, seed="g", now=NOW).p_value == due
