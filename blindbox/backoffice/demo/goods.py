"""The demo shop's products: what they are, and how they come onto the shelf."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from blindbox.backoffice.demo import DEMO
from catalog import selectors
from catalog.services import categories, products

IMAGES = "/static/demo"


@dataclass(frozen=True)
class Good:
    """A product of the demo shop, found again by its name."""

    name: str
    category: str
    image: str
    price_fen: int
    cost_fen: int
    stock: int

    @property
    def image_url(self) -> str:
        return f"{IMAGES}/{self.image}.svg"


GOODS = {
    "figure": Good("鲸歌 1/7 手办", "手办", "figure", 39900, 18000, 40),
    "special": Good("鲸歌 1/7 手办 星夜特别版", "手办", "special", 49900, 22000, 20),
    "lamp": Good("水母小夜灯", "家居", "lamp", 16800, 6800, 80),
    "plush": Good("座头鲸毛绒抱枕", "家居", "plush", 8800, 3200, 400),
    "towel": Good("海浪毛巾", "家居", "towel", 4500, 1500, 800),
    "badge": Good("海洋徽章", "周边", "badge", 2900, 700, 2000),
    "poster": Good("全体集合海报", "周边", "poster", 19900, 4000, 20),
    "coaster": Good("潮汐杯垫", "周边", "coaster", 12900, 2600, 20),
}
SORT = {"手办": 1, "家居": 2, "周边": 3}


def put_on_shelf(*, now: datetime) -> dict[str, int]:
    """Create the categories and products that are missing; return the ids of all of them by their key."""
    shelves = _shelves({good.category for good in GOODS.values()}, now=now)
    known = dict(selectors.products().order_by("-pk").values_list("name", "pk"))
    return {key: known.get(good.name) or _create(good, shelves, now=now) for key, good in GOODS.items()}


def _shelves(names: Iterable[str], *, now: datetime) -> dict[str, int]:
    known = dict(selectors.categories().filter(parent=None).values_list("name", "pk"))
    for name in sorted(set(names) - set(known), key=SORT.__getitem__):
        known[name] = categories.create(values={"name": name, "sort": SORT[name]}, actor=DEMO, now=now).pk
    return known


def _create(good: Good, shelves: Mapping[str, int], *, now: datetime) -> int:
    values = {
        "name": good.name,
        "price_fen": good.price_fen,
        "price_points": good.price_fen // 10,
        "cost_fen": good.cost_fen,
        "stock": good.stock,
        "image_urls": [good.image_url],
        "description": f"「深海鲸歌」系列周边：{good.name}。演示商品，不会真的发货。",
        "is_on_sale": True,
    }
    return products.create(values=values, category_ids=[shelves[good.category]], actor=DEMO, now=now).pk


def restock(needed: Mapping[int, int], *, now: datetime) -> None:
    """Bring in what an issue needs and the shelf does not have, as a warehouse would."""
    for product_id, card in selectors.products_by_ids(needed).items():
        if card.stock < needed[product_id]:
            more = {"stock": card.stock + 10 * needed[product_id]}
            products.change(product_id=product_id, values=more, expected_stock=card.stock, actor=DEMO, now=now)
