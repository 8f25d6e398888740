"""Climbs as the shop really answers them, held against verifiers that know nothing of a tower."""

from datetime import timedelta

import pytest

from activities.models import DrawLog
from activities.services import days, proofs
from blindbox.system import audit, configs
from tests.factories.activities import NOW
from tests.factories.draws import take
from tests.factories.glue import make_tool, open_session, points
from tests.factories.verifiers import example_verdict, needs_node, page_issue_verdicts, page_verdicts

pytestmark = [pytest.mark.django_db, needs_node]
FLOORS = [
    points("G", 1, node=0, odds_ppm=1_000_000),
    points("A", 5, node=1, odds_ppm=600_000, is_fallback=True),
    points("B", 50, node=2, odds_ppm=500_000),
]


@pytest.fixture
def climbs(make_member):
    """Twelve climbs to either level, their day revealed."""
    days.turn(now=NOW)
    configs.change(key="gameplay.offer_tower", value=True, actor=audit.SYSTEM, now=NOW, reason="试")
    issue = open_session(make_tool("tower", config={"session_times_limit": 12}), FLOORS)
    member = make_member()
    for choice in ("2", "1") * 6:
        take(member, issue, 1, now=NOW, choice=choice)
    assert {log.detail["node"] for log in DrawLog.objects.all()} == {1, 2}
    assert set(page_verdicts(of_draws())) == {"wait"} == {example_verdict(proof) for proof in of_draws()}
    days.turn(now=NOW + timedelta(days=1))
    days.turn(now=NOW + timedelta(days=2))
    return issue


def of_draws():
    return [proofs.of_draw(pk) for pk in DrawLog.objects.order_by("pk").values_list("pk", flat=True)]


def verdicts(proof):
    return example_verdict(proof), *page_verdicts([proof])


def test_both_verifiers_look_every_climb_up(climbs):
    found, whole = of_draws(), proofs.of_issue(activity_id=climbs.activity_id, issue_id=climbs.pk)
    assert [verdicts(proof) for proof in found] == [("ok", "ok")] * 12
    assert (example_verdict(whole), page_issue_verdicts([(whole, found[0])])) == ("ok", ["ok"])


def test_a_table_of_another_level_another_choice_and_another_prize_are_caught(climbs):
    other = {1: 2, 2: 1}

    def moved(proof):
        return {**proof, "session_draw": {**proof["session_draw"], "node": other[proof["session_draw"]["node"]]}}

    def chosen(proof):
        return {**proof, "choice": str(other[proof["session_draw"]["node"]])}

    def swapped(proof):
        ids = proof["session_draw"]["rewards"]
        won = next(each for each in ids if each != proof["draw"]["reward_id"])
        return {**proof, "draw": {**proof["draw"], "reward_id": won}}

    for lie in (moved, chosen, swapped):
        assert [verdicts(lie(proof)) for proof in of_draws()] == [("bad", "bad")] * 12
