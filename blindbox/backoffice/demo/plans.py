"""What the demo shop offers: an activity for every registered gameplay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from activities.gameplay import registry
from activities.services import offering
from blindbox.backoffice.demo.goods import GOODS, IMAGES
from blindbox.backoffice.demo.session_lines import BY_AMOUNT, LEVELS, WHEEL

CATEGORY = "深海鲸歌"


@dataclass(frozen=True)
class Plan:
    """An activity of the demo shop, found again by its name; each of its issues offers the same prizes."""

    name: str
    gameplay: str
    price_fen: int | None
    description: str
    rules: str
    tags: Sequence[str] = ()
    config: Mapping[str, Any] = field(default_factory=dict)
    own_lines: Sequence[Mapping[str, Any]] = ()
    budget_fen: int = 0  # what may be given away beyond what draws bring
    releases: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # by level: slots, and hours between them

    @property
    def activity(self) -> dict[str, Any]:
        """Return what `create_activity` takes, but for its category and start."""
        return {
            "name": self.name,
            "gameplay": self.gameplay,
            "tags": list(self.tags),
            "price_fen": self.price_fen,
            "price_points": None if self.price_fen is None else self.price_fen // 10,
            "cover_url": f"{IMAGES}/cover-{self.allocator}.svg",
            "description": self.description,
            "rules": self.rules,
            "config": dict(self.config),
        }

    @property
    def allocator(self) -> str:
        return registry.get(self.gameplay).allocator

    @property
    def lines(self) -> Sequence[Mapping[str, Any]]:
        """The prizes of one issue, in the order that its terms list them."""
        return self.own_lines or LINES[self.allocator]

    @property
    def substitutes(self) -> dict[str, str]:
        """Which level takes the place of which, once that has run out."""
        return {line["level"]: line["substitute"] for line in self.lines if "substitute" in line}

    def rewards(self, product_ids: Mapping[str, int]) -> list[dict[str, Any]]:
        """Return the prizes as `add_rewards` takes them; what replaces them is declared once they have ids."""
        return [{**_prize(line, product_ids), "sort": sort} for sort, line in enumerate(self.lines, start=1)]


BOX: list[dict[str, Any]] = [
    {"level": "A", "good": "figure", "quantity": 1},
    {"level": "B", "good": "lamp", "quantity": 2},
    {"level": "C", "good": "plush", "quantity": 7},
    {"level": "D", "good": "towel", "quantity": 20},
    {"level": "E", "good": "badge", "quantity": 50},
    {"level": "最终赏", "good": "special", "quantity": 1, "position": "last"},
    {"level": "前半赏", "good": "coaster", "quantity": 1, "position": "first"},
    {"level": "全局赏", "good": "poster", "quantity": 1, "position": "global"},
]
ODDS: list[dict[str, Any]] = [
    {"level": "A", "good": "figure", "odds_ppm": 5_000},
    {"level": "B", "good": "lamp", "odds_ppm": 35_000},
    {"level": "C", "good": "plush", "odds_ppm": 160_000},
    {"level": "D", "good": "towel", "odds_ppm": 300_000},
    {"level": "E", "points": 120, "odds_ppm": 500_000},
]
SEGMENTS: list[dict[str, Any]] = [
    {"level": "A", "good": "figure", "odds_ppm": 2_000, "quantity": 3, "substitute": "SP"},
    {"level": "D", "good": "towel", "odds_ppm": 277_000},
    {"level": "B", "good": "lamp", "odds_ppm": 20_000},
    {"level": "F", "points": 120, "odds_ppm": 150_000},
    {"level": "SP", "good": "special", "odds_ppm": 1_000},
    {"level": "E", "good": "badge", "odds_ppm": 350_000},
    {"level": "C", "good": "plush", "odds_ppm": 100_000},
    {"level": "G", "points": 60, "odds_ppm": 100_000},
]
PAIRS: list[dict[str, Any]] = [
    {"level": "A", "good": "figure", "node": 5},
    {"level": "B", "good": "lamp", "node": 4},
    {"level": "C", "good": "plush", "node": 3},
    {"level": "D", "good": "towel", "node": 2},
    {"level": "E", "good": "badge", "node": 0},
]
LINES: Mapping[str, list[dict[str, Any]]] = {"deck": BOX, "pairs": PAIRS, "weighted": ODDS}
CARDS = ["座头鲸", "虎鲸", "海豚", "海龟", "水母", "章鱼", "海马", "海星", "小丑鱼"]
PAIRS_CONFIG = {"cards": [{"type": n, "name": name, "count": 4} for n, name in enumerate(CARDS, start=1)], "hand": 6}
CAPSULES: list[dict[str, Any]] = [
    {"level": "A", "good": "lamp", "quantity": 2},
    {"level": "B", "good": "plush", "quantity": 8},
    {"level": "C", "good": "towel", "quantity": 20},
    {"level": "D", "good": "badge", "quantity": 30},
    {"level": "每二十抽赏", "good": "coaster", "quantity": 3, "position": "every", "position_n": 20},
]
BAGS: list[dict[str, Any]] = [
    {"level": "A", "name": "鲸歌珍藏福袋", "bag": {"figure": 1, "lamp": 1}, "quantity": 1},
    {"level": "B", "name": "海底夜读福袋", "bag": {"lamp": 1, "plush": 2}, "quantity": 4},
    {"level": "C", "name": "沙滩午睡福袋", "bag": {"plush": 1, "towel": 1}, "quantity": 15},
    {"level": "D", "name": "赶海福袋", "bag": {"towel": 1, "badge": 2}, "quantity": 30},
    {"level": "最终赏", "good": "poster", "quantity": 1, "position": "last"},
]
HOLES: list[dict[str, Any]] = [
    {"level": "A", "good": "figure", "quantity": 1},
    {"level": "B", "good": "lamp", "quantity": 3},
    {"level": "C", "good": "plush", "quantity": 10},
    {"level": "D", "good": "towel", "quantity": 26},
    {"level": "E", "good": "badge", "quantity": 60},
    {"level": "第五十抽赏", "good": "coaster", "quantity": 1, "position": "nth", "position_n": 50},
    {"level": "最终赏", "good": "special", "quantity": 1, "position": "last"},
]
FEN_PER_POINT = 10


def _prize(line: Mapping[str, Any], product_ids: Mapping[str, int]) -> dict[str, Any]:
    said = {name: value for name, value in line.items() if name not in ("good", "bag", "substitute")}
    if "bag" in line:
        return {**_bundle(line["bag"], product_ids), **said}
    if "good" not in line:
        worth = {"reference_value_fen": line["points"] * FEN_PER_POINT, "cost_fen": line["points"] * FEN_PER_POINT}
        return {
            "kind": "points",
            "name": f"{line['points']} 积分",
            "image_url": f"{IMAGES}/points.svg",
            **worth,
            **said,
        }
    good = GOODS[line["good"]]
    worth = {"reference_value_fen": good.price_fen, "cost_fen": good.cost_fen}
    product = {"kind": "product", "product_id": product_ids[line["good"]], "name": good.name}
    return {**product, "image_url": good.image_url, **worth, **said}


def _bundle(bag: Mapping[str, int], product_ids: Mapping[str, int]) -> dict[str, Any]:
    goods = [(GOODS[key], n) for key, n in bag.items()]
    return {
        "kind": "bundle",
        "bundle": [{"product_id": product_ids[key], "quantity": n} for key, n in bag.items()],
        "image_url": goods[0][0].image_url,
        "reference_value_fen": sum(good.price_fen * n for good, n in goods),
        "cost_fen": sum(good.cost_fen * n for good, n in goods),
    }


OWN_PLANS = [
    Plan(
        name="深海鲸歌 一番赏",
        gameplay="ichiban",
        price_fen=5900,
        description="一箱 80 抽，抽完即止。整箱的顺序在开售前已经固定并公布承诺，每一抽都可以当场验证。",
        rules="A 至 E 赏随票开出；抽走最后一张票的人另得最终赏，前半箱和全箱各另藏一份前半赏和全局赏。",
        tags=["一番赏", "可验证"],
    ),
    Plan(
        name="深海鲸歌 扭蛋",
        gameplay="gacha",
        price_fen=2900,
        description="一台 60 颗的扭蛋机，转到哪颗是哪颗；里面有什么、还剩多少，随时看得到。",
        rules="整台的顺序在开售前已经固定并公布承诺。每卖出 20 颗，第 20 颗的主人另得一份加赠。",
        tags=["扭蛋", "可验证"],
        own_lines=CAPSULES,
    ),
    Plan(
        name="深海鲸歌 福袋",
        gameplay="lucky_bag",
        price_fen=9900,
        description="50 个福袋，每个装着几样深海鲸歌周边，参考价合计都不低于售价。",
        rules="每个福袋的内容开售前就已公布。买走最后一个福袋的人另得全体集合海报。",
        tags=["福袋", "物超所值"],
        config={"buy_out": {"discount_ppm": 50_000, "after_sold_percent": 20}},
        own_lines=BAGS,
    ),
    Plan(
        name="深海鲸歌 洞洞乐",
        gameplay="hole_grid",
        price_fen=4900,
        description="一百个洞，自己挑哪个戳哪个。每个洞后面是什么，开售前就已固定并公布承诺。",
        rules="先选号再付款，选中的洞为您保留到付款时限。第 50 个和最后一个戳开的人各另得一份。可排队独占整箱。",
        tags=["洞洞乐", "自己选号"],
        config={"pick_number": True, "box_lock": {"seconds": 120}, "auto_next": True},
        own_lines=HOLES,
    ),
    Plan(
        name="深海鲸歌 无限赏",
        gameplay="infinite",
        price_fen=3900,
        description="不限量，每一抽都按公示的概率开出；当天的密钥次日公布，之后任何人都能复算。",
        rules="每一抽必有奖品。十抽有优惠价。每 30 抽之内必有 A 赏或 B 赏。积分奖品开出即到账。",
        tags=["无限赏", "30 抽保底", "十抽优惠"],
        config={
            "bundle_prices": [{"count": 10, "price_fen": 36000}],
            "guarantee": {"levels": ["A", "B"], "within": 30},
        },
    ),
    Plan(
        name="深海鲸歌 九宫格转盘",
        gameplay="wheel",
        price_fen=2900,
        description="八格八种奖品，点中间的按钮，转到哪格得哪格。概率公示，次日可复算。",
        rules="每一抽必有奖品。A 赏限 3 件，发完之后抽中 A 赏改得价值更高的 SP 赏。",
        tags=["转盘", "九宫格", "限量"],
        config={"layout": "grid", "on_sold_out": "substitute"},
        own_lines=SEGMENTS,
    ),
    Plan(
        name="深海鲸歌 对对碰",
        gameplay="match",
        price_fen=2900,
        description="九种海洋生物各四张牌，每一局洗一副新牌。先发六张，凑成一对就消去、补一张，直到没有对子；对数越多奖越大。",
        rules="每一局必有奖品，整局由系统按公布的规则自动进行，不需要操作。各奖的概率由牌组精确算出，次日可复算。",
        tags=["对对碰", "可验证"],
        config=PAIRS_CONFIG,
    ),
]


SESSION_PLANS = [
    Plan(
        name="深海鲸歌 每日定时抽奖",
        gameplay="timed",
        price_fen=None,
        description="每天 0 点到 24 点，每人每天免费抽三次。概率公示，没抽中也能复算。",
        rules="每天三次机会，当天有效。徽章和毛巾数量有限，发完为止，其他奖品的概率不变。",
        tags=["免费", "按时间抽奖"],
        config={"session_times_limit": 3, "daily": {"from": "00:00", "to": "24:00"}},
        own_lines=WHEEL,
        budget_fen=500_000,
    ),
    Plan(
        name="深海鲸歌 每日闯关",
        gameplay="nth_draw",
        price_fen=None,
        description="每天三关，关关有奖：第几次抽，就在第几关的奖品里抽。",
        rules="每天从第一关开始，第三关抽完当天结束。",
        tags=["免费", "闯关"],
        config={"daily": {"from": "00:00", "to": "24:00"}},
        own_lines=LEVELS,
        budget_fen=500_000,
    ),
    Plan(
        name="深海鲸歌 满额抽奖",
        gameplay="amount_range",
        price_fen=None,
        description="活动期间每一张付清的现金订单可以抽一次，实付越多，奖品越好。",
        rules="实付 100 元以内、100 到 500 元、500 元以上各有一套奖品；只算活动期间付的现金，每单一次，退款的不能抽。",
        tags=["免费", "满额"],
        config={"probability": "dynamic", "amount_from": "order"},
        own_lines=BY_AMOUNT,
        budget_fen=1_100_000,
        releases={"C": (6, 24)},
    ),
]


def plans() -> list[Plan]:
    """
    Return a plan for every gameplay on offer, in words of its own or, until somebody writes them, in general.

    The order is that of the plans, so that activity 1 and issue 1 of a new shop are what README buys from.
    """
    own = {plan.gameplay: plan for plan in [*OWN_PLANS, *SESSION_PLANS]}
    offered = [kind for kind, _ in offering.choices()]
    others = [_general(kind) for kind in offered if kind not in own]
    return [plan for kind, plan in own.items() if kind in offered] + others


def _general(kind: str) -> Plan:
    label = registry.label(kind)
    config = PAIRS_CONFIG if registry.get(kind).allocator == "pairs" else {}
    name, text = f"深海鲸歌 {label}", f"{label}演示活动。"
    return Plan(name, kind, 3900, description=text, rules="", tags=[label], config=config)
