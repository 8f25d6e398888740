"""Simulations: the real rules on throwaway secrets, exact where a box decides, and nothing is written."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activities.gameplay import registry
from activities.models import DrawLog, DrawSecret, Issue, Reward
from activities.services.simulating import report, simulate
from tests.factories.activities import (
    NOW,
    box_rewards,
    make_activity,
    make_draft,
    make_product,
    odds_rewards,
    open_odds,
)
from tests.factories.cards import BY_PAIRS
from tests.factories.draws import buy

pytestmark = pytest.mark.django_db


def draft_box(*, last=True, **activity):
    return make_draft(make_activity(**activity), box_rewards(make_product(), total=20, last=last))


def shares(found):
    return {line.prize.level: (line.odds_ppm, line.drawn, line.share_ppm) for line in found.lines}


def test_whole_boxes_give_exactly_what_they_hold():
    found = simulate(issue=draft_box(), draws=60, seed="a", now=NOW)
    assert shares(found) == {"A": (50_000, 3, 50_000), "C": (950_000, 57, 950_000), "LAST": (50_000, 3, 50_000)}
    assert (found.price_fen, found.total, found.p_value) == (6000, 20, 1.0)
    cost = (8000 + 19 * 1000 + 3000) // 20  # nothing is stated for the last prize: its product costs 3000
    assert (found.cost_fen, found.margin_fen) == (cost, 6000 - cost)
    assert found.dearest_fen in (1000 + 3000, 8000, 8000 + 3000)


def test_the_worst_case_is_the_lowest_running_result():
    issue = draft_box(last=False, price_fen=1100, price_points=None)
    found = simulate(issue=issue, draws=20, seed="b", now=NOW)
    place = found.worst_at  # of the twenty tickets one costs 8000, the others 1000: wherever it lies, it costs most
    assert 1 <= place <= 20
    assert found.worst_fen == place * 1100 - (place - 1) * 1000 - 8000


def test_rolls_follow_the_published_odds_and_the_seed():
    issue = open_odds()
    first, again, other = (simulate(issue=issue, draws=5000, seed=seed, now=NOW) for seed in ("1", "1", "2"))
    assert shares(first) == shares(again) != shares(other)
    assert sum(line.drawn for line in first.lines) == 5000
    assert first.p_value > 1e-6
    assert (first.total, first.sells_out_in_days) == (None, None)


def test_nothing_is_written_and_no_real_secret_is_read():
    issue = open_odds()
    before = DrawSecret.objects.count()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        simulate(issue=issue, draws=100, seed="1", now=NOW)
    assert {query["sql"].split()[0] for query in queries} == {"SELECT"}
    assert not any("draw_secrets" in query["sql"] for query in queries)
    assert (DrawSecret.objects.count(), DrawLog.objects.count()) == (before, 0)


def test_how_long_it_sells_comes_from_last_week_or_is_said(member):
    issue = draft_box()
    assert simulate(issue=issue, draws=1, seed="1", now=NOW).sells_out_in_days is None
    assert simulate(issue=issue, draws=1, seed="1", now=NOW, daily=8).sells_out_in_days == 2.5
    sold = open_odds()
    for _ in range(7):
        buy(member, sold, 10, now=NOW)
    assert simulate(issue=sold, draws=1, seed="1", now=NOW).daily == 10
    assert simulate(issue=sold, draws=1, seed="1", now=NOW + timedelta(days=8)).daily == 0


def test_the_command_prints_it(capsys):
    call_command("simulate_issue", str(draft_box().pk), "--draws", "40", "--daily", "10")
    said = capsys.readouterr().out
    assert "模拟 40 抽" in said
    assert "5.0000%" in said
    assert "每天 10 抽，约 2.0 天售罄" in said
    assert Issue.objects.get().terms == ""


@pytest.mark.parametrize(("asked", "why"), [(["9"], "没有这一期"), (["9", "--draws", "0"], "--draws")])
def test_the_command_refuses(asked, why):
    with pytest.raises(CommandError, match=why):
        call_command("simulate_issue", *asked)


def test_a_draft_that_cannot_be_played_says_so():
    issue = draft_box()
    Reward.objects.filter(position="ticket").delete()
    with pytest.raises(CommandError, match="还不能模拟"):
        call_command("simulate_issue", str(issue.pk))


def test_a_guarantee_counts_in_odds_cost_and_simulation():
    config = {"guarantee": {"levels": ["A"], "within": 10}}
    issue = make_draft(make_activity(gameplay="infinite", config=config), odds_rewards(make_product()))
    found = simulate(issue=issue, draws=20_000, seed="g", now=NOW)
    line = next(line for line in found.lines if line.prize.level == "A")
    assert line.odds_ppm == pytest.approx(102_200, abs=300)  # 0.5 % alone would come to 5,000
    assert abs(line.share_ppm - line.odds_ppm) < 4_000


def test_a_limited_prize_gives_way_and_a_pausing_one_starts_a_new_shelf():
    rewards = odds_rewards(make_product())
    rewards[0] |= {"odds_ppm": 500_000, "quantity": 3}
    rewards[2] |= {"odds_ppm": 405_000}
    issue = make_draft(make_activity(gameplay="infinite"), rewards)
    found = simulate(issue=issue, draws=2_000, seed="s", now=NOW)
    assert found.p_value > 1e-6
    assert found.draws == sum(line.drawn for line in found.lines) == 2_000


def unplayable(gameplay):
    """Return drafts that an operator has not finished: nothing in them, or rewards without what the play counts on."""
    own = {"gameplay": gameplay, "config": BY_PAIRS if gameplay == "match" else {}}
    bare = {"level": "A", "name": "积分", "kind": "points", "points": 5}
    return [make_draft(make_activity(**own, name=f"第 {n} 个"), rewards) for n, rewards in enumerate([[], [bare]])]


@pytest.mark.parametrize("gameplay", [kind for kind in registry.kinds() if registry.get(kind).offered])
def test_what_cannot_be_played_is_refused_in_words_by_route_page_and_command(
    admin_client_for, office, operator, gameplay
):
    for issue in unplayable(gameplay):
        before = Issue.objects.values().get(pk=issue.pk)
        answer = admin_client_for(operator).get(
            f"/api/admin/activities/{issue.activity_id}/issues/{issue.pk}/simulation", {"draws": 10}
        )
        if answer.status_code == 200:  # a level game of one prize is already a game
            continue
        assert (answer.status_code, answer.json()["code"]) == (409, "activity.cannot_simulate")
        assert answer.json()["message"].startswith("这一期还不能模拟：")
        page = office.get(f"/admin/activities/issue/{issue.pk}/simulation/", {"draws": 10})
        assert (page.status_code, "这一期还不能模拟：" in page.content.decode()) == (200, True)
        with pytest.raises(CommandError, match="^这一期还不能模拟："):
            call_command("simulate_issue", issue.pk, draws=10)
        assert Issue.objects.values().get(pk=issue.pk) == before


def test_an_empty_box_is_refused(operator, admin_client_for):
    issue = make_draft(make_activity(), [])
    url = f"/api/admin/activities/{issue.activity_id}/issues/{issue.pk}/simulation"
    assert admin_client_for(operator).get(url).json()["message"] == "这一期还不能模拟：箱里没有奖品"


def test_a_mistake_in_an_opened_issue_is_no_refusal(monkeypatch):
    def broken(*_, **__):
        raise KeyError

    issue = open_odds()
    monkeypatch.setattr(report, "_added_up", broken)
    with pytest.raises(KeyError):
        simulate(issue=issue, draws=1, seed="1", now=NOW)
