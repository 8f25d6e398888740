"""对对碰: what may be published, what is published of it, and how sessions are settled."""

import pytest

from activities.gameplay import registry
from activities.gameplay.base import DrawContext, InvalidConfig, Prize, Terms
from tests.factories.activities import NOW

PLAY = registry.get("match")
CARDS = [{"type": kind, "name": f"牌{kind}", "count": 4} for kind in range(4)]
SCORE = {"variant": "score", "cards": CARDS, "hand": 4, "gain": 1}
GOODS = {"variant": "goods", "cards": CARDS, "hand": 4, "gain": 1, "lucky_gain": 0, "different_gain": 0}


def prize(id_, node, **changes):
    whole = {
        "id": id_, "level": "A", "name": f"奖{id_}", "kind": "points", "position": "ticket", "quantity": None,
        "odds_ppm": None, "node": node, "reference_value_fen": 100,
    }  # fmt: skip
    return Prize(**{**whole, **changes})


TIERS = [prize(1, 3), prize(2, 2), prize(3, 0)]
TYPES = [prize(10 + kind, kind) for kind in range(4)]


def terms(prizes, config):
    offered, own = PLAY.publish(prizes, config)
    return Terms(
        issue_id=21, activity_id=1, title="", gameplay="match", algorithm="pairs/1", price_fen=1, price_points=1,
        bundle_prices={}, total=None, endgame=0, hold_seconds=180, largest_order=10, starts_at=NOW, ends_at=None,
        prizes=offered, config=own, prize_by_id={each.id: each for each in offered},
    )  # fmt: skip


class Rigged:
    """A stream under which the shuffle yields the cards in a wanted order."""

    def __init__(self, cards, wanted):
        self.swaps, deck = [], [kind for kind, count in cards for _ in range(count)]
        for i in range(len(deck) - 1, 0, -1):
            j = max(k for k in range(i + 1) if deck[k] == wanted[i])
            self.swaps.append(j)
            deck[i], deck[j] = deck[j], deck[i]
        assert deck == list(wanted)

    def below(self, n):
        return self.swaps.pop(0)


def dealt(*decks):
    """Return streams for sessions that begin with these cards."""
    counts = [(card["type"], card["count"]) for card in CARDS]
    return [Rigged(counts, _completed(deck)) for deck in decks]


def _completed(start):
    rest = [card["type"] for card in CARDS for _ in range(card["count"])]
    for kind in start:
        rest.remove(kind)
    return [*start, *rest]


def settled(prizes, config, *decks, **context):
    return PLAY.draw(DrawContext(terms(prizes, config), len(decks), streams=dealt(*decks), **context))


# configuration


def test_a_configuration_is_completed_and_published_as_it_is_played():
    raw = {"cards": [{"type": 0, "name": "鲸", "count": 2, "image_url": "/static/a.svg"}], "hand": 2}
    assert PLAY.parse_config(raw) == {"variant": "score", "gain": 1, **raw}
    assert PLAY.parse_config({"variant": "goods", **raw}) == {
        "variant": "goods", "gain": 1, "lucky_gain": 0, "different_gain": 0, **raw,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"variant": "x"}, "variant（玩法变体）必须是 score（按对数得奖）或 goods（翻牌即得）"),
        ({"lucky_gain": 1}, "「按对数得奖」没有配置项：lucky_gain"),
        ({"speed": 1}, "「按对数得奖」没有配置项：speed"),
        ({"cards": []}, "cards（牌组）要有 1 到 40 种牌"),
        ({"cards": None}, "cards（牌组）要有 1 到 40 种牌"),
        ({"cards": [{"type": 1}]}, "cards（牌组）的每一种必须有 type、name、count，可以有 image_url"),
        ({"cards": [CARDS[0], {**CARDS[1], "type": 0}]}, "cards（牌组）里有重复的牌号"),
        ({"cards": [CARDS[0], {**CARDS[1], "name": "牌0"}]}, "cards（牌组）里有重复的名称"),
        ({"cards": [{**CARDS[0], "count": 1}]}, "cards（牌组）一共 1 张，应为 2 到 120 张"),
        ({"cards": [{**card, "count": 31} for card in CARDS]}, "cards（牌组）一共 124 张，应为 2 到 120 张"),
        ({"cards": [{**CARDS[0], "count": 2.0}]}, "「牌0」的 count（张数）必须是 1 到 120 的整数"),
        ({"cards": [{**CARDS[0], "type": True}]}, "「牌0」的 type（牌号）必须是 0 到 9999 的整数"),
        ({"cards": [{**CARDS[0], "name": " 牌"}]}, "牌的 name（名称）必须是 1 到 20 个字，首尾没有空格"),
        ({"cards": [{**CARDS[0], "image_url": "javascript:"}]},
         "「牌0」的 image_url（图片）必须是 http(s):// 开头的地址或本站路径"),
        ({"hand": 0}, "hand（开局张数）必须是 1 到 16 的整数"),
        ({"hand": 17}, "hand（开局张数）必须是 1 到 16 的整数"),
        ({"gain": 0}, "gain（每对补牌）必须是 1 到 20 的整数"),
        ({"variant": "goods", "hand": 1, "different_gain": 1},
         "开局只有一张牌时总是全不同，different_gain（全不同加牌）要填 0"),
        ({"variant": "goods", "lucky_gain": -1}, "lucky_gain（幸运牌加牌）必须是 0 到 20 的整数"),
    ],
)  # fmt: skip
def test_what_cannot_be_played_is_named(changes, said):
    with pytest.raises(InvalidConfig) as refused:
        PLAY.parse_config({**SCORE, **changes})
    assert str(refused.value) == said


# by pairs


@pytest.mark.parametrize(
    ("prizes", "said"),
    [
        (TIERS, []),
        (TIERS[:2], ["要有一个最少 0 对就能得的奖品：每一局都要有奖品"]),
        ([], ["要有一个最少 0 对就能得的奖品：每一局都要有奖品"]),
        ([*TIERS, prize(4, 2)], ["最少 2 对的奖品有 2 个，只能有一个"]),
        ([*TIERS, prize(4, 4), prize(5, 9)],
         ["「A 奖4」要 4 对，这样的一局最多 3 对", "「A 奖5」要 9 对，这样的一局最多 3 对"]),
        ([*TIERS, prize(4, None)], ["「A 奖4」要填最少对数，或者作为别的奖品售罄后的替换"]),
        ([*TIERS[:2], prize(3, 0, kind="none")], ["「A 奖3」不能是未中奖：每一局都要有奖品"]),
        ([*TIERS[:2], prize(3, 0, position="last")], ["「A 奖3」只能是普通位置"]),
        ([*TIERS[:2], prize(3, 0, quantity=0)], ["「A 奖3」的数量要大于 0，不限量请留空"]),
        ([prize(1, 3, quantity=5, substitute_id=4), *TIERS[1:], prize(4, None, reference_value_fen=99)],
         ["「A 奖1」的替换奖品参考价更低：替换的奖品必须同值或更高"]),
    ],
)  # fmt: skip
def test_tiers_that_cannot_be_published_are_named(prizes, said):
    assert [problem.text for problem in PLAY.problems(prizes, SCORE)] == said


def test_a_tier_too_rare_to_be_published_is_named():
    cards = [{"type": kind, "name": f"牌{kind}", "count": 2} for kind in range(40)]
    prizes = [prize(1, 0), prize(2, 5)]
    assert [problem.text for problem in PLAY.problems(prizes, {**SCORE, "cards": cards, "hand": 6})] == [
        "「A 奖2」的概率不到百万分之一，等于抽不中"
    ]


def test_the_odds_of_each_tier_are_published_as_a_whole():
    offered, config = PLAY.publish(TIERS, SCORE)
    assert [each.odds_ppm for each in offered] == [116_883, 355_644, 527_473]
    assert sum(each.odds_ppm for each in offered) == 1_000_000
    assert config == {**SCORE, "odds_by": "exact"}
    assert PLAY.publish(TIERS[:1], SCORE) == (TIERS[:1], SCORE)


def test_the_highest_tier_that_the_pairs_reach_is_won():
    results = settled(TIERS, SCORE, [0, 0, 1, 1, 2, 3], [0, 1, 2, 3])
    assert results[0].detail == {
        "events": [{"deal": [0, 0, 1, 1]}, {"pair": 0}, {"deal": [2]}, {"pair": 1}, {"deal": [3]}],
        "pairs": 2,
        "tier": 2,
        "skipped": [],
    }
    assert [(result.reward_id, result.sale_no, result.detail["pairs"]) for result in results] == [
        (2, None, 2), (3, None, 0),
    ]  # fmt: skip


def test_a_tier_that_ran_out_within_a_batch_gives_its_substitute_and_says_so():
    prizes = [TIERS[0], prize(2, 2, quantity=3, substitute_id=4), TIERS[2], prize(4, None)]
    two = [0, 0, 1, 1, 2, 3]
    results = settled(prizes, SCORE, two, two, positions=[7, 8], facts={"left": {2: 1}})
    assert [(result.reward_id, result.sale_no) for result in results] == [(2, 7), (4, 8)]
    told = [{key: value for key, value in result.detail.items() if key != "events"} for result in results]
    assert told == [
        {"pairs": 2, "tier": 2, "skipped": []},
        {"pairs": 2, "tier": 2, "skipped": [2], "substituted_for": 2},
    ]


# cards that are goods


@pytest.mark.parametrize(
    ("prizes", "said"),
    [
        (TYPES, []),
        (TYPES[1:], ["0 号牌「牌0」没有对应的奖品"]),
        ([*TYPES, prize(9, 0)], ["0 号牌「牌0」对应了 2 个奖品"]),
        ([*TYPES, prize(9, 7)], ["「A 奖9」要填牌号，牌组里没有 7 号牌"]),
        ([*TYPES, prize(9, None)], ["「A 奖9」要填牌号，牌组里没有 None 号牌"]),
        ([prize(9, 0, quantity=3), *TYPES[1:]], ["「A 奖9」一局最多翻到 4 张，数量只有 3，一局也不能卖"]),
        ([prize(9, 0, quantity=4, substitute_id=11), *TYPES[1:]], ["「A 奖9」翻到就要给，没有替换奖品"]),
    ],
)
def test_goods_that_do_not_fit_the_cards_are_named(prizes, said):
    assert [problem.text for problem in PLAY.problems(prizes, GOODS)] == said


def test_a_card_is_as_likely_as_the_deck_holds_it():
    cards = [{**CARDS[0], "count": 1}, *CARDS[1:3]]
    offered, _ = PLAY.publish(TYPES[:3], {**GOODS, "cards": cards})
    assert [each.odds_ppm for each in offered] == [111_111, 444_445, 444_444]


def test_every_card_that_is_dealt_is_kept():
    results = settled(TYPES, GOODS, [0, 0, 1, 2, 3], [3, 2, 1, 0])
    assert [(result.reward_id, result.bonus_of) for result in results] == [
        (10, None), (13, None), (10, 0), (11, 0), (12, 0), (13, 0), (12, 1), (11, 1), (10, 1),
    ]  # fmt: skip
    assert results[0].detail == {"events": [{"deal": [0, 0, 1, 2]}, {"pair": 0}, {"deal": [3]}], "pairs": 1}
    assert [result.detail for result in results[2:]] == [
        {"card": 2}, {"card": 3}, {"card": 4}, {"card": 5}, {"card": 2}, {"card": 3}, {"card": 4},
    ]  # fmt: skip


def test_the_chosen_type_brings_more_cards():
    config = {**GOODS, "lucky_gain": 1, "different_gain": 2}
    results = settled(TYPES, config, [3, 2, 1, 0, 2, 1, 0], choice="3")
    assert [event for event in results[0].detail["events"] if "deal" not in event][:2] == [
        {"different": True}, {"lucky": 3},
    ]  # fmt: skip
    assert len(results) > 7


def test_a_choice_is_asked_for_only_where_it_brings_something():
    lucky = {**GOODS, "lucky_gain": 1}
    assert (PLAY.choices(lucky), PLAY.options(lucky)) == (["0", "1", "2", "3"], {"choice"})
    assert (PLAY.choices(GOODS), PLAY.options(GOODS), PLAY.options(SCORE)) == ([], frozenset(), frozenset())
    more = {**lucky, "cards": [*CARDS[:3], {**CARDS[3], "count": 5}]}
    assert PLAY.choices(more)[0] == "3"


def test_a_session_may_deal_every_card_of_a_type():
    assert PLAY.most_units(TYPES, GOODS) == {10: 4, 11: 4, 12: 4, 13: 4}
    assert PLAY.most_units(TIERS, SCORE) == {}


def test_the_mean_number_of_goods_counts_every_card():
    means = PLAY.overall_ppm(TYPES, GOODS)
    assert len(set(means.values())) == 1
    assert 4_000_000 < sum(means.values()) < 8_000_000
    offered, _ = PLAY.publish(TIERS, SCORE)
    assert PLAY.overall_ppm(offered, SCORE) == {1: 116_883, 2: 355_644, 3: 527_473}


def test_a_session_is_told_in_words():
    promised = terms(TYPES, {**GOODS, "lucky_gain": 1, "different_gain": 1})
    events = [{"deal": [0, 1]}, {"different": True}, {"lucky": 1}, {"deal": [1]}, {"pair": 1}]
    assert PLAY.story(promised, {"events": events, "pairs": 1}) == [
        "发牌：牌0、牌1", "开局没有两张相同", "翻到幸运牌：牌1", "发牌：牌1", "消去一对：牌1", "共 1 对",
    ]  # fmt: skip
    assert (PLAY.story(promised, {"card": 2}), PLAY.story(promised, None)) == ((), ())
