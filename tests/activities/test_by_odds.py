"""Draws by published odds as a pure rule: what rolls, guarantee and the shelf make of each draw of a batch."""

from collections import Counter
from itertools import product

import pytest

from activities.gameplay import registry
from activities.gameplay.base import DrawContext, InvalidConfig
from activities.gameplay.limits import LEFT, NothingLeft
from activities.services import chances
from blindbox.common import fairness
from blindbox.common.fairness import streams
from tests.factories.odds import terms_of

SECRET = bytes(range(32))
ODDS = [("A", 10_000), ("B", 90_000), ("C", 900_000)]
WITHIN_4 = {"guarantee": {"levels": ["A", "B"], "within": 4}}
A_ROLL, B_ROLL, C_ROLL = 0, 10_000, 100_000
LEAST_P = 1e-6
NOT_A_GUARANTEE = "guarantee（保底）必须有 levels（保底赏级）和 within（多少抽之内），没有别的"


class Given:
    """A stream that says one number, and what it was asked for."""

    def __init__(self, number):
        self.number, self.asked = number, []

    def below(self, n):
        self.asked.append(n)
        return self.number


def play(promised, rolls, *, misses=0, seconds=(), left=None, positions=()):
    streams_ = [Given(number) for number in seconds] or [Given(0) for _ in rolls]
    context = DrawContext(
        promised, len(rolls), rolls=rolls, streams=streams_, misses=misses, facts={LEFT: left or {}},
        positions=positions,
    )  # fmt: skip
    results = registry.get(promised.gameplay).draw(context)
    levels = "".join(promised.prize_by_id[result.reward_id].level for result in results)
    return levels, results


def details(results):
    return [result.detail for result in results]


def test_without_guarantee_or_limit_only_the_roll_is_recorded():
    levels, results = play(terms_of(ODDS), [A_ROLL, B_ROLL, C_ROLL, 999_999])
    assert levels == "ABCC"
    assert [(each.roll, each.detail, each.sale_no) for each in results] == [
        (0, None, None), (10_000, None, None), (100_000, None, None), (999_999, None, None),
    ]  # fmt: skip


def test_the_nth_draw_yields_a_guaranteed_prize_by_a_stream_of_its_own():
    promised = terms_of(ODDS, config=WITHIN_4)
    levels, results = play(promised, [C_ROLL] * 4, seconds=[5, 5, 5, 9_999])
    assert levels == "CCCA"
    assert details(results) == [
        {"guarantee_before": 0, "guarantee_after": 1},
        {"guarantee_before": 1, "guarantee_after": 2},
        {"guarantee_before": 2, "guarantee_after": 3},
        {"guarantee_before": 3, "guarantee_roll": 9_999, "guarantee_after": 0},
    ]
    assert [each.roll for each in results] == [C_ROLL] * 4


def test_the_guarantee_is_decided_over_its_own_odds():
    promised = terms_of(ODDS, config=WITHIN_4)
    asked = Given(10_000)
    context = DrawContext(promised, 1, rolls=[C_ROLL], streams=[asked], misses=3)
    [result] = registry.get("infinite").draw(context)
    assert (promised.prize_by_id[result.reward_id].level, asked.asked) == ("B", [100_000])


def test_a_natural_hit_resets_and_one_that_comes_when_due_is_left_alone():
    promised = terms_of(ODDS, config=WITHIN_4)
    levels, results = play(promised, [C_ROLL, B_ROLL, C_ROLL, C_ROLL, C_ROLL, A_ROLL, C_ROLL])
    assert levels == "CBCCCAC"
    assert [each["guarantee_after"] for each in details(results)] == [1, 0, 1, 2, 3, 0, 1]
    assert [each for each in details(results) if "guarantee_roll" in each] == []


def test_ten_draws_cross_the_guarantee_as_often_as_it_falls_due():
    promised = terms_of(ODDS, config=WITHIN_4)
    levels, results = play(promised, [C_ROLL] * 10, misses=2, seconds=[0] * 10)
    assert levels == "CACCCACCCA"
    assert [each["guarantee_before"] for each in details(results)] == [2, 3, 0, 1, 2, 3, 0, 1, 2, 3]


def test_after_a_refund_of_a_hit_more_misses_than_promised_are_made_good_at_once():
    promised = terms_of(ODDS, config=WITHIN_4)
    assert play(promised, [C_ROLL] * 2, misses=7)[0] == "AC"


def test_what_ran_out_within_the_batch_gives_way_to_its_substitute():
    promised = terms_of([("A", 10_000, 2, "S"), ("S", 90_000), ("C", 900_000)], config={"on_sold_out": "substitute"})
    levels, results = play(promised, [A_ROLL, C_ROLL, A_ROLL, A_ROLL], left={1: 2}, positions=range(8, 12))
    assert levels == "ACAS"
    assert details(results) == [None, None, None, {"substituted_for": 1}]
    assert [each.sale_no for each in results] == [8, 9, 10, 11]
    assert play(promised, [A_ROLL], left={1: 0})[0] == "S"


def test_the_substitute_of_a_guaranteed_prize_meets_the_guarantee():
    config = {"on_sold_out": "substitute", "guarantee": {"levels": ["A", "S"], "within": 3}}
    promised = terms_of([("A", 10_000, 1, "S"), ("S", 90_000), ("C", 900_000)], config=config)
    levels, results = play(promised, [C_ROLL] * 6, left={1: 1}, seconds=[0] * 6, positions=range(1, 7))
    assert levels == "CCACCS"
    assert details(results)[5] == {
        "guarantee_before": 2, "guarantee_roll": 0, "substituted_for": 1, "guarantee_after": 0,
    }  # fmt: skip


def test_what_ran_out_and_pauses_the_sale_is_never_replaced_silently():
    with pytest.raises(NothingLeft):
        play(terms_of([("A", 10_000, 1), ("C", 990_000)]), [A_ROLL, A_ROLL], left={1: 1})


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"guarantee": 7}, NOT_A_GUARANTEE),
        ({"guarantee": {"levels": ["A"]}}, NOT_A_GUARANTEE),
        ({"guarantee": {"levels": ["A"], "within": 5, "from": 1}}, NOT_A_GUARANTEE),
        ({"guarantee": {"levels": [], "within": 5}}, "guarantee.levels（保底赏级）必须是赏级的列表，1 到 20 个"),
        ({"guarantee": {"levels": ["A", 1], "within": 5}}, "guarantee.levels（保底赏级）必须是赏级的列表，1 到 20 个"),
        (
            {"guarantee": {"levels": ["A", " B"], "within": 5}},
            "guarantee.levels（保底赏级）必须是赏级的列表，1 到 20 个",
        ),
        ({"guarantee": {"levels": ["A", "A"], "within": 5}}, "guarantee.levels（保底赏级）有重复的赏级"),
        ({"guarantee": {"levels": ["A"], "within": 1}}, "guarantee.within（多少抽之内）必须是 2 到 1000 的整数"),
        ({"guarantee": {"levels": ["A"], "within": 1001}}, "guarantee.within（多少抽之内）必须是 2 到 1000 的整数"),
        ({"guarantee": {"levels": ["A"], "within": 5.0}}, "guarantee.within（多少抽之内）必须是 2 到 1000 的整数"),
        ({"guarantee": {"levels": ["A"], "within": True}}, "guarantee.within（多少抽之内）必须是 2 到 1000 的整数"),
        (
            {"on_sold_out": "empty"},
            "on_sold_out（限量奖品发完时）必须是 pause（暂停销售）或 substitute（换成替换奖品）",
        ),
        ({"speed": 3}, "本玩法没有配置项：speed"),
    ],
)
def test_a_configuration_that_cannot_be_played_is_named(raw, said):
    with pytest.raises(InvalidConfig) as refusal:
        registry.get("infinite").parse_config(raw)
    assert str(refusal.value) == said


def test_a_good_configuration_is_published_as_it_is():
    raw = {"guarantee": {"levels": ["A"], "within": 5}, "on_sold_out": "pause"}
    assert registry.get("infinite").parse_config(raw) == raw
    assert registry.get("infinite").parse_config({}) == {}


def problems(lines, **config):
    promised = terms_of(lines, config=config)
    return [each.text for each in registry.get("infinite").problems(promised.prizes, config)]


@pytest.mark.parametrize(
    ("lines", "config", "said"),
    [
        (ODDS, WITHIN_4, []),
        (ODDS, {"guarantee": {"levels": ["A", "S"], "within": 4}}, ["保底赏级「S」没有对应的奖品"]),
        (ODDS, {"guarantee": {"levels": ["A", "B", "C"], "within": 4}}, ["保底包含了全部赏级，等于没有保底"]),
        ([("A", 10_000, 3), ("C", 990_000)], {}, []),
        ([("A", 10_000, 3, "C"), ("C", 990_000)], {}, ["「A A」售罄即暂停销售，不填替换奖品"]),
        ([("A", 10_000, 3, "C"), ("C", 990_000)], {"on_sold_out": "substitute"}, []),
        ([("A", 10_000, 3), ("C", 990_000)], {"on_sold_out": "substitute"}, ["「A A」限量，要选售罄后替换的奖品"]),
        ([("A", 10_000, 3, "C"), ("B", 90_000), ("C", 900_000)], {"on_sold_out": "substitute", **WITHIN_4},
         ["「A A」属于保底赏级，替换奖品也必须属于保底赏级"]),
        ([("A", 10_000, None, "C"), ("C", 990_000)], {"on_sold_out": "substitute"}, ["「A A」不限量，不需要替换奖品"]),
    ],
)  # fmt: skip
def test_what_cannot_be_opened_is_named(lines, config, said):
    assert problems(lines, **config) == said


# --- odds ---------------------------------------------------------------------------------------------------------


def exact_rates(odds, levels, within):
    """Return the long-run share of each level, by walking the chain of misses to its steady state."""
    share = dict(odds)
    tier = sum(share[level] for level in levels) / 1_000_000
    at = [1.0] + [0.0] * (within - 1)
    for _ in range(5_000):
        hit = sum(p * (1 if miss == within - 1 else tier) for miss, p in enumerate(at))
        at = [hit, *(at[miss] * (1 - tier) for miss in range(within - 1))]
    rate = at[0]
    return {
        level: rate * ppm / (tier * 1e6) if level in levels else (1 - rate) * ppm / ((1 - tier) * 1e6)
        for level, ppm in odds
    }


@pytest.mark.parametrize("within", [2, 4, 10, 50])
def test_the_overall_odds_are_those_of_the_chain(within):
    config = {"guarantee": {"levels": ["A", "B"], "within": within}}
    promised = terms_of(ODDS, config=config)
    overall = registry.get("infinite").overall_ppm(promised.prizes, config)
    exact = exact_rates(ODDS, ["A", "B"], within)
    for prize in promised.prizes:
        assert overall[prize.id] == pytest.approx(exact[prize.level] * 1_000_000, abs=1.5)


def test_without_a_guarantee_the_overall_odds_are_the_odds():
    promised = terms_of(ODDS)
    assert registry.get("infinite").overall_ppm(promised.prizes, {}) == {1: 10_000, 2: 90_000, 3: 900_000}


def test_every_way_of_four_rolls_adds_up_to_the_exact_odds_of_the_fourth():
    """Exhaustive: over all rolls of four draws, the guaranteed fourth is A or B as 1 to 9 where it is replaced."""
    odds = [("A", 100_000), ("B", 300_000), ("C", 600_000)]
    promised = terms_of(odds, config=WITHIN_4)
    edges = {"A": (0, 1), "B": (100_000, 3), "C": (400_000, 6)}  # a roll of each, and its weight in tenths
    met = Counter()
    for way in product("ABC", repeat=4):
        weight = 1
        for level in way:
            weight *= edges[level][1]
        for second, ways in ((0, 1), (100_000, 3)):  # quarters of the guarantee's own odds
            rolls = [edges[level][0] for level in way]
            met[play(promised, rolls, seconds=[second] * 4)[0][3]] += weight * ways
    misses = 6**3  # of 1000, three misses in a row
    assert met == {
        "A": 4 * (1000 - misses) * 1 + misses * (4 * 1 + 6 * 1),
        "B": 4 * (1000 - misses) * 3 + misses * (4 * 3 + 6 * 3),
        "C": 4 * (1000 - misses) * 6,
    }


def run_of(promised, count, **facts):
    rolls = [fairness.weighted_roll(SECRET, "roll", "2026-03-05", 22, "p", seq, "n") for seq in range(count)]
    seconds = [fairness.weighted_stream(SECRET, "guarantee", "2026-03-05", 22, "p", seq, "n") for seq in range(count)]
    context = DrawContext(promised, count, rolls=rolls, streams=seconds, facts=facts)
    return registry.get("infinite").draw(context)


def test_many_draws_meet_the_overall_odds_and_the_guaranteed_ones_their_own():
    promised = terms_of(ODDS, config=WITHIN_4)
    results = run_of(promised, 20_000)
    replaced = [each for each in results if "guarantee_roll" in each.detail]
    met = Counter(each.reward_id for each in replaced)
    assert chances.p_value([met[1], met[2]], [10_000, 90_000]) > LEAST_P
    natural = Counter(fairness.pick([(1, 10_000), (2, 90_000), (3, 900_000)], each.roll) for each in results)
    assert chances.p_value([natural[1], natural[2], natural[3]], [10_000, 90_000, 900_000]) > LEAST_P
    rate = exact_rates(ODDS, ["A", "B"], 4)
    hits = sum(each.reward_id != 3 for each in results)
    assert hits / 20_000 == pytest.approx(rate["A"] + rate["B"], abs=0.01)


def test_over_many_draws_a_limited_prize_is_given_to_its_last_unit_and_then_replaced():
    promised = terms_of([("A", 10_000, 50, "S"), ("S", 90_000), ("C", 900_000)], config={"on_sold_out": "substitute"})
    results = run_of(promised, 20_000, left={1: 50})
    given = Counter(each.reward_id for each in results)
    replaced = [index for index, each in enumerate(results) if each.detail]
    rolled = [index for index, each in enumerate(results) if each.roll < 10_000]
    assert (given[1], replaced) == (50, rolled[50:])
    assert {results[index].reward_id for index in replaced} == {2}


# --- no bias ------------------------------------------------------------------------------------------------------


def test_no_modulo_bias_on_a_range_that_would_show_it():
    """
    n = 3·2^62: a word taken modulo n would fall into the first third twice as often as into the others.
    """
    n, third = 3 * 2**62, 2**62
    stream = fairness.Stream(SECRET, "blindbox/test/1")
    met = Counter(stream.below(n) // third for _ in range(30_000))
    assert chances.p_value([met[0], met[1], met[2]], [333_333] * 3) > LEAST_P
    words = fairness.Stream(SECRET, "blindbox/test/1")
    biased = Counter(next(words._words) % n // third for _ in range(30_000))
    assert chances.p_value([biased[0], biased[1], biased[2]], [333_333] * 3) < LEAST_P  # the control: it would show


@pytest.mark.parametrize("n", [1, 2, 3, 10, 100_000, 1_000_000, 2**63 + 1, 2**64])
def test_first_and_last_value_of_a_range_are_reached_and_none_beyond(n):
    full = 2**64 - 2**64 % n
    assert streams.uniform(iter([0]), n) == 0
    assert streams.uniform(iter([n - 1]), n) == n - 1
    assert streams.uniform(iter([full - 1]), n) == n - 1
    if full < 2**64:
        assert streams.uniform(iter([full, 2**64 - 1, 7 % n]), n) == 7 % n  # past the last full run: skipped


def test_first_and_last_roll_meet_the_first_and_the_last_reward():
    promised = terms_of(ODDS, config=WITHIN_4)
    assert play(promised, [0, 999_999])[0] == "AC"
    assert play(promised, [C_ROLL], misses=3, seconds=[0])[0] == "A"
    assert play(promised, [C_ROLL], misses=3, seconds=[99_999])[0] == "B"
