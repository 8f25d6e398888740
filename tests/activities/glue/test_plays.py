"""The three types of the generic tool as pure rules: who is admitted to which node, what may be published and won."""

from collections import Counter
from typing import Any

import pytest

from activities.errors import AmountOutOfRange, LevelsDone, PassDoesNotFit
from activities.gameplay import registry
from activities.gameplay.base import DrawContext, InvalidConfig, Prize
from activities.gameplay.session_table import shares, table
from activities.gameplay.sessions import Entry, Step
from activities.services.terms import read
from blindbox.common.fairness import terms_text

STATIC = {"probability": "static", "times_limit": 0, "session_times_limit": 0, "empty_weight": 0, "daily": None}
DYNAMIC = {**STATIC, "probability": "dynamic"}
COUNTED = {"count_within": "session", "needs_pass": False}


def prize(number: int, **columns: Any) -> Prize:
    made = {"level": "A", "name": f"奖{number}", "kind": "points", "position": "ticket", "quantity": None, "points": 1}
    return Prize(id=number, **{**made, "odds_ppm": None, **columns})


NOTHING = prize(9, kind="none", name="未中奖", points=None)


class Rolls:
    """A stream that says what it is told to, and remembers what it was asked."""

    def __init__(self, *rolls: int) -> None:
        self.rolls, self.asked = list(rolls), []

    def below(self, n: int) -> int:
        self.asked.append(n)
        return self.rolls.pop(0)


# who is admitted


def admit(kind: str, prizes: list[Prize], config: dict[str, Any], **entry: Any) -> list[int | None]:
    return registry.get(kind).admit(prizes, config, Entry(**{"count": 1, "earlier": 0, **entry}))


def test_by_time_everybody_meets_the_same_table():
    assert admit("timed", [prize(1)], STATIC, count=3, earlier=7) == [None, None, None]


LEVELS = [prize(1, node=1), prize(2, node=2), prize(3, node=3)]


@pytest.mark.parametrize(("earlier", "count", "nodes"), [(0, 1, [1]), (1, 1, [2]), (0, 3, [1, 2, 3]), (2, 1, [3])])
def test_by_count_the_nth_draw_is_at_node_n(earlier, count, nodes):
    assert admit("nth_draw", LEVELS, {**STATIC, **COUNTED}, earlier=earlier, count=count) == nodes


@pytest.mark.parametrize(("earlier", "count"), [(3, 1), (1, 3), (99, 1)])
def test_above_the_largest_node_all_levels_are_done(earlier, count):
    with pytest.raises(LevelsDone):
        admit("nth_draw", LEVELS, {**STATIC, **COUNTED}, earlier=earlier, count=count)


def test_a_level_game_asks_for_the_pass_of_this_very_level():
    config = {**STATIC, **COUNTED, "needs_pass": True}
    assert admit("nth_draw", LEVELS, config, earlier=1, passed=2) == [2]
    for passed in (None, 1, 3):
        with pytest.raises(PassDoesNotFit) as refused:
            admit("nth_draw", LEVELS, config, earlier=1, passed=passed)
        assert refused.value.details == {"level": 2}
    with pytest.raises(PassDoesNotFit):
        admit("nth_draw", LEVELS, config, count=2, passed=1)


RANGES = [prize(1, node=10_000), prize(2, node=50_000), prize(3, node=10_000), prize(4)]


@pytest.mark.parametrize(
    ("amount", "node"),
    [(1, 10_000), (9_999, 10_000), (10_000, 10_000), (10_001, 50_000), (50_000, 50_000), (50_001, None), (10**9, None)],
)
def test_by_amount_a_bound_belongs_to_its_own_range_and_the_last_is_open(amount, node):
    assert admit("amount_range", RANGES, STATIC, amount=amount) == [node]


@pytest.mark.parametrize("amount", [0, -1, 50_001])
def test_nothing_negative_or_above_a_closed_last_range(amount):
    with pytest.raises(AmountOutOfRange):
        admit("amount_range", RANGES[:3], STATIC, amount=amount)


# what may be published


def problems(kind: str, config: dict[str, Any], *prizes: Prize) -> list[str]:
    return [each.text for each in registry.get(kind).problems(prizes, config)]


@pytest.mark.parametrize(
    ("config", "prizes", "said"),
    [
        (STATIC, [prize(1, odds_ppm=1_000_000)], []),
        (STATIC, [prize(1, odds_ppm=1)], []),
        (STATIC, [prize(1, odds_ppm=600_000), prize(2, odds_ppm=400_001)], ["概率合计 100.0001%，不能超过 100%"]),
        (STATIC, [prize(1)], ["「A 奖1」要填大于 0 的概率"]),
        (STATIC, [prize(1, odds_ppm=5), prize(2, is_fallback=True)], []),
        (STATIC, [prize(1, odds_ppm=5, weight=1)], ["「A 奖1」按固定概率抽取，不填权重"]),
        (STATIC, [prize(1, odds_ppm=5, position="last")], ["「A 奖1」只能是普通位置"]),
        (STATIC, [prize(1, odds_ppm=5, substitute_id=2)], ["「A 奖1」不设替换奖品：没有投放时由兜底奖代替"]),
        (STATIC, [NOTHING], ["至少要有一种奖品"]),
        (STATIC, [prize(1, odds_ppm=5), NOTHING, prize(8, kind="none", name="空")], ["空奖只能有一个"]),
        (
            STATIC,
            [prize(1, odds_ppm=5), prize(9, kind="none", odds_ppm=5)],
            ["「A 奖9」是空奖：不填数量、概率和权重，也不作兜底"],
        ),
        (
            STATIC,
            [prize(1, odds_ppm=5, is_fallback=True), prize(2, odds_ppm=5, is_fallback=True)],
            ["兜底奖只能有一个"],
        ),
        (STATIC, [prize(1, odds_ppm=5, node=3)], ["「A 奖1」按时间抽奖不填节点"]),
        (DYNAMIC, [prize(1, quantity=3, weight=2)], []),
        (DYNAMIC, [prize(1, quantity=3)], ["「A 奖1」要填权重"]),
        (DYNAMIC, [prize(1, weight=3)], ["「A 奖1」的机会是剩余数量乘权重，要填数量"]),
        (DYNAMIC, [prize(1, quantity=3, weight=2, odds_ppm=5)], ["「A 奖1」按动态概率抽取，不填概率"]),
        (
            DYNAMIC,
            [prize(1, quantity=2**20, weight=2**11)],
            ["数量乘权重的合计 2147483648 过大，请按比例缩小权重"],
        ),
    ],
)
def test_what_a_session_may_not_publish(config, prizes, said):
    assert problems("timed", config, *prizes) == said


def test_each_node_is_a_table_of_its_own():
    config = {**STATIC, **COUNTED}
    levels = [prize(1, node=1, odds_ppm=1_000_000), prize(2, node=2, odds_ppm=1_000_000)]
    assert problems("nth_draw", config, *levels) == []
    over = [prize(1, node=2, odds_ppm=900_000), prize(2, node=2, odds_ppm=900_000)]
    assert problems("nth_draw", config, prize(3, node=1, odds_ppm=1), *over) == [
        "第 2 次：概率合计 180.0000%，不能超过 100%"
    ]


@pytest.mark.parametrize(("nodes", "said"), [([1, 3], "1、3"), ([2], "2"), ([None], "空"), ([1, None], "1")])
def test_levels_are_contiguous_from_one(nodes, said):
    levels = [prize(number, node=node, odds_ppm=5) for number, node in enumerate(nodes)]
    assert problems("nth_draw", {**STATIC, **COUNTED}, *levels) == [f"「第几次」要从 1 起连续，现为 {said}"]


def test_a_range_ends_above_nothing():
    assert problems("amount_range", STATIC, prize(1, node=0, odds_ppm=5)) == ["「A 奖1」的数额上限要大于 0"]


# what the rules imply


def implied(config: dict[str, Any], *prizes: Prize) -> list[int | None]:
    """Return the nodes for which an empty prize is added."""
    return [each.node for each in registry.get("amount_range").implied(prizes, config)]


@pytest.mark.parametrize(
    ("config", "prizes", "nodes"),
    [
        (STATIC, [prize(1, odds_ppm=1_000_000)], []),
        (STATIC, [prize(1, odds_ppm=999_999)], [None]),
        (STATIC, [prize(1, odds_ppm=999_999), NOTHING], []),
        (STATIC, [prize(1, odds_ppm=1_000_000, quantity=5)], [None]),
        (STATIC, [prize(1, odds_ppm=1_000_000, quantity=5), prize(2, is_fallback=True)], []),
        (STATIC, [prize(1, odds_ppm=1_000_000, quantity=5), prize(2, is_fallback=True, quantity=5)], [None]),
        (STATIC, [prize(1, odds_ppm=1_000_000, node=100), prize(2, odds_ppm=5, node=200)], [200]),
        (DYNAMIC, [prize(1, quantity=5, weight=1)], [None]),
        (DYNAMIC, [prize(1, quantity=5, weight=1), prize(2, is_fallback=True)], []),
        ({**DYNAMIC, "empty_weight": 1}, [prize(1, quantity=5, weight=1), prize(2, is_fallback=True)], [None]),
    ],
)
def test_where_a_draw_may_yield_nothing_there_is_an_empty_prize(config, prizes, nodes):
    assert implied(config, *prizes) == nodes


# what a draw yields


def drawn(config: dict[str, Any], prizes: list[Prize], left: dict[int, int], *rolls: int) -> list[Any]:
    facts = {
        "algorithm": "s3/1", "bundle_prices": [], "config": config, "endgame": 0, "gameplay": "timed",
        "hold_seconds": 180, "issue_id": 7, "largest_order": 10, "rewards": [],
        "starts_at": "2026-03-05T00:00:00+00:00",
    }  # fmt: skip
    promised = read(terms_text(facts), terms_hash="", activity_id=1, title="")
    object.__setattr__(promised, "prizes", prizes)
    steps = [Step(version, None) for version in range(1, len(rolls) + 1)]
    known = {"steps": steps, "left": left, "occurrence": "2026-03-05"}
    context = DrawContext(promised, len(rolls), streams=[Rolls(roll) for roll in rolls], facts=known)  # type: ignore[misc]  # noqa: E501
    return registry.get("timed").draw(context)


TWO = [prize(1, odds_ppm=300_000), prize(2, odds_ppm=200_000, quantity=1), NOTHING]


@pytest.mark.parametrize(
    ("roll", "won"), [(0, 1), (299_999, 1), (300_000, 2), (499_999, 2), (500_000, 9), (999_999, 9)]
)
def test_static_the_first_and_the_last_number_of_each_share(roll, won):
    [result] = drawn(STATIC, TWO, {2: 1}, roll)
    assert (result.reward_id, result.roll) == (won, roll)
    assert result.detail == {
        "occurrence": "2026-03-05", "version": 1, "node": None, "rewards": [1, 2], "q": [None, 1],
        "w": [300_000, 200_000], "e": 500_000, "roll": roll,
    }  # fmt: skip


def test_static_what_is_not_there_is_replaced_and_no_odds_are_scaled_up():
    assert [each.reward_id for each in drawn(STATIC, TWO, {2: 0}, 300_000)] == [9]
    with_fallback = [*TWO, prize(3, is_fallback=True)]
    assert [each.reward_id for each in drawn(STATIC, with_fallback, {2: 0}, 300_000)] == [3]
    gone_too = [*TWO, prize(3, is_fallback=True, quantity=4)]
    assert [each.reward_id for each in drawn(STATIC, gone_too, {2: 0, 3: 0}, 300_000)] == [9]
    assert [each.reward_id for each in drawn(STATIC, with_fallback, {2: 0}, 500_000)] == [9]


def test_static_a_batch_takes_its_own_units_one_after_the_other():
    results = drawn(STATIC, TWO, {2: 1}, 300_000, 300_000)
    assert [each.reward_id for each in results] == [2, 9]
    assert [each.detail["q"] for each in results] == [[None, 1], [None, 0]]
    assert [each.detail["version"] for each in results] == [1, 2]


WEIGHED = [prize(1, quantity=10, weight=3), prize(2, quantity=10, weight=1), NOTHING]


@pytest.mark.parametrize(("roll", "won"), [(0, 1), (5, 1), (6, 2), (9, 2), (10, 9), (14, 9)])
def test_dynamic_the_chance_is_what_is_left_times_its_weight(roll, won):
    config = {**DYNAMIC, "empty_weight": 5}
    [result] = drawn(config, WEIGHED, {1: 2, 2: 4}, roll)
    assert result.reward_id == won
    assert (result.detail["q"], result.detail["w"], result.detail["e"]) == ([2, 4], [3, 1], 5)


def test_dynamic_each_draw_of_a_batch_meets_one_unit_less():
    results = drawn(DYNAMIC, WEIGHED, {1: 1, 2: 1}, 0, 0)
    assert [each.reward_id for each in results] == [1, 2]
    assert [each.detail["q"] for each in results] == [[1, 1], [0, 1]]


def test_dynamic_with_nothing_there_at_all_no_number_is_drawn():
    [result] = drawn(DYNAMIC, WEIGHED, {1: 0, 2: 0}, 0)
    assert (result.reward_id, result.roll, result.detail["roll"]) == (9, None, None)
    [result] = drawn(DYNAMIC, [*WEIGHED, prize(3, is_fallback=True)], {1: 0, 2: 0}, 0)
    assert result.reward_id == 3


def test_the_shares_of_a_table_are_what_its_numbers_lead_to():
    """Exact enumeration: every number of a small table, counted."""
    met = table(WEIGHED, {1: 2, 2: 4}, probability="dynamic", empty_weight=5)
    assert met.below == 15
    counted = Counter(met.draw(Rolls(roll)).prize.id for roll in range(met.below))  # type: ignore[arg-type]
    assert counted == {1: 6, 2: 4, 9: 5}
    assert shares(met) == {1: 400_000, 2: 266_667, 9: 333_333}


def test_the_shares_tell_what_takes_the_place_of_a_prize_that_is_gone():
    met = table([*TWO, prize(3, is_fallback=True)], {2: 0}, probability="static", empty_weight=0)
    assert shares(met) == {1: 300_000, 2: 0, 3: 200_000, 9: 500_000}


# the configuration


def test_what_is_not_given_has_a_default_and_all_of_it_is_published():
    assert registry.get("timed").parse_config({}) == STATIC
    assert registry.get("nth_draw").parse_config({"needs_pass": True}) == {**STATIC, **COUNTED, "needs_pass": True}


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"speed": 1}, "本玩法没有配置项：speed"),
        ({"needs_pass": True}, "本玩法没有配置项：needs_pass"),
        ({"probability": "magic"}, "probability 必须是 static 或 dynamic"),
        ({"times_limit": -1}, "times_limit 必须是 0 到 1000000 的整数"),
        ({"times_limit": True}, "times_limit 必须是 0 到 1000000 的整数"),
        ({"session_times_limit": 1.5}, "session_times_limit 必须是 0 到 1000000 的整数"),
        ({"daily": {"from": "10:00"}}, "daily（每天的时段）必须有 from（从）和 to（到），例如 10:00 和 11:00"),
        (
            {"daily": {"from": "10:00", "to": "25:00"}},
            "daily（每天的时段）的时间 25:00 不是一天中的时间，例如 09:30，一天的结尾写 24:00",
        ),
        (
            {"daily": {"from": 10, "to": "11:00"}},
            "daily（每天的时段）的时间 10 不是一天中的时间，例如 09:30，一天的结尾写 24:00",
        ),
        ({"daily": {"from": "24:00", "to": "11:00"}}, "daily（每天的时段）的 from（从）不能是 24:00，请写 00:00"),
    ],
)
def test_what_it_cannot_be(raw, said):
    with pytest.raises(InvalidConfig) as refused:
        registry.get("timed").parse_config(raw)
    assert str(refused.value) == said


def test_a_limit_of_a_session_is_its_own_beside_the_activitys():
    play = registry.get("timed")
    both = play.merged_config({"times_limit": 9, "probability": "dynamic"}, {"times_limit": 2})
    assert both == {"times_limit": 9, "probability": "dynamic", "session_times_limit": 2}
