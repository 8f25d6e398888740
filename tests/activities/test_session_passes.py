"""A pass is issued for a level that somebody can play, and for nothing else."""

import pytest

from activities.models import LevelPass
from activities.services import closing
from blindbox.system.audit import SYSTEM
from blindbox.system.models import OperationLog
from tests.factories.activities import NOW
from tests.factories.glue import make_session, make_tool, open_session, points

pytestmark = pytest.mark.django_db
LEVELS = [points("A", node=1, odds_ppm=1_000_000), points("B", node=2, odds_ppm=1_000_000)]
GAME = {"needs_pass": True}


@pytest.fixture
def ask(admin_client_for, operator, member):
    """Ask for a pass; return the answer."""
    client = admin_client_for(operator)

    def send(activity, node):
        url = f"/api/admin/activities/{activity.pk}/passes"
        body, key = {"uid": member.pk, "node": node}, {"Idempotency-Key": f"level-{node}"}
        return client.post(url, body, format="json", headers=key)

    return send


def refused(answer):
    assert (LevelPass.objects.count(), OperationLog.objects.filter(action="发放通关凭证").count()) == (0, 0)
    return answer.status_code, answer.json()["code"]


def test_a_level_of_an_open_game_or_of_one_being_prepared(ask):
    game = make_tool("nth_draw", config=GAME)
    open_session(game, LEVELS)
    assert ask(game, 2).status_code == 201
    coming = make_tool("nth_draw", config=GAME, name="下一个")
    make_session(coming, LEVELS)
    assert ask(coming, 1).status_code == 201
    assert list(LevelPass.objects.order_by("pk").values_list("activity_id", "node")) == [(game.pk, 2), (coming.pk, 1)]


def test_a_level_that_the_game_has_not(ask):
    game = make_tool("nth_draw", config=GAME)
    open_session(game, LEVELS)
    assert refused(ask(game, 3)) == (409, "activity.no_such_level")


@pytest.mark.parametrize(("gameplay", "config"), [("nth_draw", {}), ("timed", {})])
def test_what_asks_for_no_pass(ask, gameplay, config):
    activity = make_tool(gameplay, config=config)
    open_session(activity, LEVELS if gameplay == "nth_draw" else [points("A", odds_ppm=1_000_000)])
    assert refused(ask(activity, 1)) == (409, "activity.not_a_level_game")


def test_a_game_that_is_over(ask):
    game = make_tool("nth_draw", config=GAME)
    issue = open_session(game, LEVELS)
    closing.close(issue_id=issue.pk, actor=SYSTEM, now=NOW, reason="停")
    assert refused(ask(game, 1)) == (409, "activity.not_a_level_game")
