"""爬塔: the table of a climb by exact enumeration, what cannot be published, and a climb from purchase to proof."""

from collections import Counter
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from activities.errors import IssueCannotOpen
from activities.gameplay import registry
from activities.gameplay.base import DrawContext, InvalidConfig, Prize
from activities.gameplay.sessions import Entry, Step
from activities.gameplay.tower import climb
from activities.models import DrawBatch, DrawLog
from activities.services import configuring, offering, opening, terms, verifying
from blindbox.common.errors import Invalid
from blindbox.common.fairness import PPM
from blindbox.common.invariants import violations
from blindbox.common.money import split
from blindbox.system import audit, configs
from tests.factories.activities import NOW
from tests.factories.draws import take
from tests.factories.glue import CHECKS, counts, deliver, make_session, make_tool, open_session, points

LIMITED = {"session_times_limit": 3}
HALF = PPM // 2


def prize(level: int | None, chance: int | None, **columns: Any) -> Prize:
    made = {"level": f"L{level}", "name": f"奖{level}", "kind": "points", "position": "ticket", "quantity": None}
    return Prize(**{"id": 10 + (level or 0), "node": level, "odds_ppm": chance, **made, **columns})


GROUND = prize(0, PPM)
TOWER = [GROUND, prize(1, 900_000), prize(2, 700_000, is_fallback=True), prize(3, HALF), prize(4, 100_000)]


def said(prizes: list[Prize], **config: Any) -> list[str]:
    play = registry.get("tower")
    return [problem.text for problem in play.problems(prizes, play.parse_config({**LIMITED, **config}))]


# the table


@pytest.mark.parametrize(
    ("level", "brings"),
    [
        (1, {0: 100_000, 1: 900_000}),
        (2, {0: 100_000 + 270_000, 2: 630_000}),
        (3, {0: 370_000, 2: 315_000, 3: 315_000}),
        (4, {0: 370_000, 2: 315_000 + 283_500, 4: 31_500}),
    ],
)
def test_a_climb_brings_its_level_or_the_last_guaranteed_below(level, brings):
    assert dict(climb(TOWER, level)) == {10 + node: ppm for node, ppm in brings.items()}


def falls(chances: list[int], guaranteed: set[int]) -> dict[int, Fraction]:
    """Try every way to climb: each level is reached or it is not."""
    brought: Counter[int] = Counter()
    for outcomes in range(2 ** len(chances)):
        held, weight, alive = 0, Fraction(1), True
        for step, chance in enumerate(chances, start=1):
            up = bool(outcomes >> (step - 1) & 1)
            weight *= Fraction(chance if up else PPM - chance, PPM)
            alive = alive and up
            if alive and (step in guaranteed or step == len(chances)):
                held = step
        brought[held] += weight
    return brought


@pytest.mark.parametrize("guaranteed", [set(), {1}, {2}, {1, 3}, {1, 2, 3, 4}])
@pytest.mark.parametrize("chances", [[333_333, 1, 999_999, 123_457], [PPM, HALF, PPM, HALF], [700_001] * 5])
def test_the_table_is_the_exact_chance_rounded_to_a_whole(chances, guaranteed):
    levels = [prize(at, chance, is_fallback=at in guaranteed) for at, chance in enumerate(chances, start=1)]
    exact = falls(chances, guaranteed)
    assert sum(exact.values()) == 1
    weights = [int(exact.get(node, Fraction(0)) * PPM ** len(chances)) for node in range(len(chances) + 1)]
    due = {10 + node: ppm for node, ppm in enumerate(split(PPM, weights)) if ppm}
    assert dict(climb([GROUND, *levels], len(chances))) == due
    assert sum(due.values()) == PPM


class Rolls:
    """A stream that says what it is told to."""

    def __init__(self, roll: int) -> None:
        self.roll = roll

    def below(self, n: int) -> int:
        assert n == PPM
        return self.roll


def climbed(level: int, roll: int) -> Any:
    play = registry.get("tower")
    _, config = play.publish(TOWER, play.parse_config(LIMITED))
    promised = SimpleNamespace(prizes=TOWER, config=config)
    facts = {"steps": [Step(1, level)], "left": {}, "occurrence": "2026-01-01"}
    [result] = play.draw(DrawContext(promised, 1, streams=[Rolls(roll)], facts=facts))  # type: ignore[arg-type, list-item]
    return result


@pytest.mark.parametrize(
    ("roll", "won"), [(0, 10), (369_999, 10), (370_000, 12), (684_999, 12), (685_000, 13), (999_999, 13)]
)
def test_a_roll_meets_the_published_table_of_the_level_that_was_chosen(roll, won):
    result = climbed(3, roll)
    assert (result.reward_id, result.roll) == (won, roll)
    assert (result.detail["node"], result.detail["rewards"]) == (3, [10, 12, 13])
    assert (result.detail["w"], result.detail["e"]) == ([370_000, 315_000, 315_000], 0)


def test_what_is_chosen_is_where_every_climb_of_the_purchase_goes():
    assert registry.get("tower").admit(TOWER, {}, Entry(2, 7, choice="3")) == [3, 3]


# what may be published


def test_a_good_tower_has_no_problem_and_publishes_a_table_for_each_level():
    play = registry.get("tower")
    assert said(TOWER) == []
    prizes, config = play.publish(TOWER, play.parse_config(LIMITED))
    assert (prizes, list(config["tables"])) == (TOWER, ["1", "2", "3", "4"])
    assert play.choices(config) == ["4", "3", "2", "1"]
    assert play.shares_at_nodes(prizes, config, {}) == {10: 370_000, 11: 900_000, 12: 630_000, 13: 315_000, 14: 31_500}
    assert play.overall_ppm(prizes, config) == {10: 302_500, 11: 225_000, 12: 385_875, 13: 78_750, 14: 7_875}


LEVELS = "每层一个奖品，层数从 1 起连续"


@pytest.mark.parametrize(
    ("prizes", "texts"),
    [
        (TOWER[1:], ["要有一个第 0 层（起点）的奖品：一层都没爬上去的人得它"]),
        ([GROUND], ["至少要有一层"]),
        ([*TOWER, prize(6, HALF)], [LEVELS]),
        ([*TOWER, prize(2, HALF)], [LEVELS]),
        ([GROUND, prize(1, None)], ["「L1 奖1」要填大于 0 的成功率"]),
        ([prize(0, HALF), prize(1, HALF)], ["「L0 奖0」是起点：成功率填 100%"]),
        ([*TOWER, prize(None, HALF)], ["「LNone 奖None」要填第几层：起点是 0，最高 9"]),
        ([*TOWER, prize(10, HALF)], ["「L10 奖10」要填第几层：起点是 0，最高 9"]),
        ([GROUND, prize(1, HALF, kind="none")], ["「L1 奖1」是空奖：爬塔每一次都要有奖品"]),
        ([GROUND, prize(1, HALF, quantity=3)], ["「L1 奖1」只填第几层、成功率和是否保底：爬塔的奖品不限量"]),
        ([GROUND, prize(1, 1), prize(2, 1)], ["爬到第 2 层的概率不到百万分之一"]),
    ],
)
def test_what_cannot_be_published_is_said(prizes, texts):
    assert said(prizes) == texts


def test_it_is_free_and_the_number_of_climbs_is_limited():
    play = registry.get("tower")
    assert said(TOWER, session_times_limit=0) == ["爬塔免费参加，要限制每人的次数"]
    assert said(TOWER, session_times_limit=0, times_limit=1) == []
    assert [each.text for each in play.worth_problems(TOWER, price_fen=1)] == ["爬塔只能免费参加，请去掉价格"]
    assert play.worth_problems(TOWER, price_fen=0) == []


@pytest.mark.parametrize("raw", [{"probability": "dynamic"}, {"empty_weight": 1}, {"levels": []}])
def test_it_has_no_other_odds_and_no_empty_prize(raw):
    with pytest.raises(InvalidConfig):
        registry.get("tower").parse_config(raw)


# off until it is switched on


def test_nobody_can_set_one_up_before_it_is_switched_on(db):
    assert "tower" in registry.kinds()
    assert "tower" not in dict(offering.choices())
    with pytest.raises(Invalid) as refused:
        make_tool("tower", config=LIMITED)
    text = "玩法「爬塔」没有打开：先在系统配置里打开它"
    assert refused.value.fields == [{"field": "gameplay", "code": "invalid", "message": text}]
    other = make_tool("timed")
    with pytest.raises(Invalid):
        configuring.change_activity(
            activity_id=other.pk, values={"gameplay": "tower", "config": LIMITED}, actor=audit.SYSTEM, now=NOW
        )
    other.refresh_from_db()
    assert other.gameplay == "timed"


def switch(on: bool) -> None:
    configs.change(key="gameplay.offer_tower", value=on, actor=audit.SYSTEM, now=NOW, reason="试")


@pytest.fixture
def tower(db):
    """A tower that is on offer: two levels, the first guaranteed."""
    switch(True)
    return make_tool("tower", config=LIMITED)


FLOORS = [
    points("G", 1, node=0, odds_ppm=PPM),
    points("A", 5, node=1, odds_ppm=800_000, is_fallback=True),
    points("B", 50, node=2, odds_ppm=250_000),
]


def test_switched_off_again_what_runs_goes_on_and_nothing_new_opens(tower, member):
    assert ("tower", "爬塔") in offering.choices()
    running, draft = (
        open_session(tower, FLOORS),
        make_session(tower, FLOORS, starts_at=NOW.replace(year=2030), ends_at=None),
    )
    switch(False)
    take(member, running, 1, now=NOW, choice="1")
    assert DrawLog.objects.count() == 1
    with pytest.raises(IssueCannotOpen, match="玩法「爬塔」没有打开"):
        opening.open_issue(issue_id=draft.pk, actor=audit.SYSTEM, now=NOW)
    changed = {"description": "仍可修改"}
    configuring.change_activity(activity_id=tower.pk, values=changed, actor=audit.SYSTEM, now=NOW)


# a climb


def test_a_climb_is_bought_drawn_granted_and_verified(tower, member):
    issue = open_session(tower, FLOORS)
    ids = {reward.level: reward.pk for reward in issue.rewards.all()}
    assert terms.of_issue(issue.pk).config["tables"] == {
        "1": [[ids["G"], 200_000], [ids["A"], 800_000]],
        "2": [[ids["G"], 200_000], [ids["A"], 600_000], [ids["B"], 200_000]],
    }
    take(member, issue, 1, now=NOW, choice="2")
    take(member, issue, 2, now=NOW, choice="1")
    deliver()
    assert list(DrawLog.objects.order_by("pk").values_list("detail__node", flat=True)) == [2, 1, 1]
    assert list(DrawBatch.objects.order_by("pk").values_list("choice", flat=True)) == ["2", "1"]
    assert list(verifying.discrepancies()) == []
    assert violations(CHECKS) == []


@pytest.mark.parametrize("choice", ["", "0", "3", "top"])
def test_another_level_cannot_be_chosen(tower, member, choice):
    issue, before = open_session(tower, FLOORS), counts()
    with pytest.raises(Invalid):
        take(member, issue, 1, now=NOW, choice=choice)
    assert counts() == before


def test_a_choice_that_was_altered_afterwards_is_betrayed(tower, member):
    take(member, open_session(tower, FLOORS), 1, now=NOW, choice="2")
    DrawBatch.objects.update(choice="1")
    assert any("节点" in text or "玩法记录" in text for text in verifying.discrepancies())
    DrawBatch.objects.update(choice="7")
    assert f"批次 {DrawBatch.objects.get().pk}：预选 7 不在可选项里" in list(verifying.discrepancies())


def test_it_costs_nothing_or_does_not_open(db):
    switch(True)
    for price in ({"price_points": 10}, {"price_fen": 100}):
        draft = make_session(make_tool("tower", config=LIMITED, **price), FLOORS)
        with pytest.raises(IssueCannotOpen, match="爬塔只能免费参加"):
            opening.open_issue(issue_id=draft.pk, actor=audit.SYSTEM, now=NOW)


def test_over_http_a_member_names_the_level_and_the_answer_stands(tower, app_client, make_member):
    now = timezone.now()
    issue = open_session(tower, FLOORS, now=now)
    url = f"/api/app/activities/{tower.pk}/issues/{issue.pk}/draws"
    body = {"count": 1, "pay_with": "free", "client_nonce": "mine", "choice": "2"}
    answer = app_client(make_member()).post(url, body, headers={"Idempotency-Key": "k1"})
    assert (answer.status_code, len(answer.json()["draws"])) == (201, 1)
