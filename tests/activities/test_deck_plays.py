"""The rule that 一番赏, 扭蛋, 福袋 and 洞洞乐 share, without a database."""

import pytest

from activities.gameplay import registry
from activities.gameplay.base import DrawContext, InvalidConfig, Prize

FAMILY = ["gacha", "hole_grid", "ichiban", "lucky_bag"]


def prize(**changes) -> Prize:
    whole = {"id": 1, "level": "A", "name": "甲", "kind": "points", "position": "ticket", "quantity": 10}
    return Prize(**{**whole, "odds_ppm": None, "bundle": ((7, 1),), **changes})


def extra(position, quantity=1, n=None) -> Prize:
    return prize(id=2, level="X", name="附", position=position, quantity=quantity, position_n=n)


def said(prizes, config=None, kind="ichiban"):
    return [problem.text for problem in registry.get(kind).problems(prizes, config or {})]


def test_the_family_is_four_small_plays():
    labels = [registry.label(kind) for kind in FAMILY]
    assert labels == ["扭蛋", "洞洞乐", "一番赏", "福袋"]
    assert {registry.get(kind).algorithm for kind in FAMILY} == {"deck/1"}


@pytest.mark.parametrize("kind", FAMILY)
def test_every_position_is_welcome_in_each(kind):
    extras = [extra("last"), extra("first"), extra("global", 2), extra("nth", 1, 7), extra("every", 3, 3)]
    assert said([prize(), *extras], kind=kind) == []


REFUSED = {
    "no quantity": ([prize(quantity=None)], ["「A 甲」要填数量", "至少要有一种普通位置的奖品"]),
    "odds": ([prize(odds_ppm=1)], ["「A 甲」按数量出奖，不填概率"]),
    "n beyond the box": ([prize(), extra("nth", 1, 11)], ["「X 附」的 N 要在 1 到总抽数 10 之间，现为 11"]),
    "n missing": ([prize(), extra("every", 1)], ["「X 附」的 N 要在 1 到总抽数 10 之间，现为 0"]),
    "too many of every n-th": (
        [prize(), extra("every", 4, 3)],
        ["「X 附」每 3 抽一件，10 抽正好 3 件，数量现为 4"],
    ),
    "too few of every n-th": ([prize(), extra("every", 2, 3)], ["「X 附」每 3 抽一件，10 抽正好 3 件，数量现为 2"]),
    "too many repdigits": (
        [prize(quantity=100), extra("repdigit", 10)],
        ["「X 附」每个豹子号一件，100 抽正好 9 件，数量现为 10"],
    ),
    "no repdigit at all": ([prize(), extra("repdigit", 1)], ["「X 附」每个豹子号一件，10 抽正好 0 件，数量现为 1"]),
    "first of one": ([prize(quantity=1), extra("first")], ["有前半赏的箱至少要 2 抽"]),
    "too much at one ticket": (
        [prize(), extra("last", 60), extra("nth", 41, 2)],
        ["一张票最多带 100 件附加奖，现在最多可能有 101 件"],
    ),
    "too many extras": ([prize(quantity=50_000), extra("every", 25_000, 2)], ["附加奖一共最多 20000 件，现为 25000"]),
    "too large": ([prize(quantity=100_001)], ["一箱最多 100000 抽，现为 100001"]),
}


@pytest.mark.parametrize(("prizes", "texts"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_opened_is_said(prizes, texts):
    assert said(prizes) == texts


def test_a_box_to_pick_from_is_smaller():
    assert said([prize(quantity=10_000)], {"pick_number": True}) == []
    assert said([prize(quantity=10_001)], {"pick_number": True}) == ["选号的箱最多 10000 抽，现为 10001"]
    assert said([prize(quantity=10_001)]) == []


def test_a_lucky_bag_holds_a_bundle_worth_its_price():
    play = registry.get("lucky_bag")
    assert said([prize(bundle=())], kind="lucky_bag") == ["「A 甲」是一个福袋，要填组合内容"]
    assert said([prize(), prize(id=2, position="last", bundle=())], kind="lucky_bag") == []
    bags = [prize(reference_value_fen=5999), prize(id=2, name="乙", reference_value_fen=6000)]
    texts = [problem.text for problem in play.worth_problems(bags, price_fen=6000)]
    assert texts == ["「A 甲」的参考价 59.99 元低于价格 60.00 元"]
    assert list(registry.get("ichiban").worth_problems(bags, price_fen=6000)) == []


@pytest.mark.parametrize(
    ("extras", "guard"),
    [
        ([], 0),
        ([extra("last")], 10),
        ([extra("global"), extra("first")], 0),
        ([extra("nth", 1, 99)], 0),
        ([extra("nth", 1, 100)], 10),
        ([extra("every", 33, 3)], 0),
        ([extra("every", 50, 2)], 10),
        ([extra("repdigit", 9)], 0),
    ],
)
def test_the_end_is_guarded_where_a_prize_is_known_to_come_with_the_last_ticket(extras, guard):
    prizes = [prize(quantity=100), *extras]
    assert registry.get("ichiban").endgame(prizes, largest_order=10) == guard


@pytest.mark.parametrize(("total", "guard"), [(110, 0), (111, 10), (112, 0)])
def test_the_end_is_guarded_where_the_last_ticket_is_a_repdigit(total, guard):
    prizes = [prize(quantity=total), extra("repdigit", 10 if total > 110 else 9)]
    assert said(prizes) == []
    assert registry.get("ichiban").endgame(prizes, largest_order=10) == guard


def test_numbers_follow_the_pick_and_extras_the_sale():
    context = DrawContext(
        terms=None,  # type: ignore[arg-type]
        count=3,
        positions=[4, 5, 6],
        tickets=[9, 2, 7],
        deck=[11, 12, 13, 14, 15, 16, 17, 18, 19],
        bonus_at={5: [90, 91], 9: [99]},
    )
    results = registry.get("hole_grid").draw(context)
    assert [(r.reward_id, r.sale_no, r.ticket_no, r.bonus_of) for r in results] == [
        (19, 4, 9, None),
        (12, 5, 2, None),
        (17, 6, 7, None),
        (90, None, 2, 1),
        (91, None, 2, 1),
    ]


def test_dealt_in_order_the_ticket_is_the_sale():
    context = DrawContext(terms=None, count=2, positions=[1, 2], deck=[5, 6], bonus_at={})  # type: ignore[arg-type]
    results = registry.get("gacha").draw(context)
    assert [(r.reward_id, r.sale_no, r.ticket_no) for r in results] == [(5, 1, 1), (6, 2, 2)]


CONFIGS = [
    ({}, {}),
    ({"pick_number": True}, {"pick_number": True}),
    ({"pick_number": False, "auto_next": False, "box_lock": False, "buy_out": True}, {}),
    ({"box_lock": True}, {"box_lock": {"seconds": 120}}),
    ({"box_lock": {"seconds": 30}}, {"box_lock": {"seconds": 30}}),
    ({"buy_out": False}, {"buy_out": False}),
    ({"buy_out": {}}, {"buy_out": {"discount_ppm": 0, "after_sold_percent": 0}}),
    (
        {"buy_out": {"discount_ppm": 50_000, "after_sold_percent": 30}, "auto_next": True},
        {"buy_out": {"discount_ppm": 50_000, "after_sold_percent": 30}, "auto_next": True},
    ),
]


@pytest.mark.parametrize(("raw", "read"), CONFIGS)
def test_a_configuration_keeps_what_it_says(raw, read):
    assert registry.get("ichiban").parse_config(raw) == read


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ({"speed": 1}, "本玩法没有配置项：speed"),
        ({"pick_number": 1}, "pick_number 必须是 true 或 false"),
        ({"auto_next": "yes"}, "auto_next 必须是 true 或 false"),
        ({"box_lock": 120}, "box_lock 必须是 true、false 或 {seconds}"),
        ({"box_lock": {}}, "box_lock 必须是 true、false 或 {seconds}"),
        ({"box_lock": {"seconds": 29}}, "box_lock.seconds 必须是 30 到 600 的整数"),
        ({"box_lock": {"seconds": 601}}, "box_lock.seconds 必须是 30 到 600 的整数"),
        ({"box_lock": {"seconds": True}}, "box_lock.seconds 必须是 30 到 600 的整数"),
        ({"buy_out": 1}, "buy_out 必须是 true、false 或 {discount_ppm, after_sold_percent}"),
        ({"buy_out": {"discount": 1}}, "buy_out 必须是 true、false 或 {discount_ppm, after_sold_percent}"),
        ({"buy_out": {"discount_ppm": 900_001}}, "buy_out.discount_ppm 必须是 0 到 900000 的整数"),
        ({"buy_out": {"after_sold_percent": -1}}, "buy_out.after_sold_percent 必须是 0 到 99 的整数"),
        ({"buy_out": {"after_sold_percent": 1.5}}, "buy_out.after_sold_percent 必须是 0 到 99 的整数"),
    ],
)
def test_a_configuration_that_cannot_be_played_is_refused(raw, text):
    with pytest.raises(InvalidConfig) as refusal:
        registry.get("ichiban").parse_config(raw)
    assert str(refusal.value) == text


def test_nobody_picks_a_capsule():
    with pytest.raises(InvalidConfig, match="本玩法不能选号"):
        registry.get("gacha").parse_config({"pick_number": True})
    assert registry.get("gacha").options({}) == {"buy_out"}


def test_a_purchase_may_carry_what_the_configuration_offers():
    play = registry.get("hole_grid")
    assert play.options({}) == {"buy_out"}
    assert play.options({"pick_number": True}) == {"buy_out", "ticket_nos"}
    assert play.options({"pick_number": True, "buy_out": False}) == {"ticket_nos"}
