"""What the operation log says about a change: Chinese names, yuan, the shop's clock, no codes and no JSON."""

import re

import pytest

from activities.enums import IssueStatus
from blindbox.system.admin.changes import changes_table
from tests.factories.activities import make_activity, make_product


def _rows(html: str) -> list[list[str]]:
    body = html.partition("<tbody>")[2]
    return [re.findall(r"<td>(.*?)</td>", row, re.DOTALL) for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)]


@pytest.mark.parametrize(
    ("kind", "before", "after", "row"),
    [
        ("Product", {"price_fen": 9900}, {"price_fen": None}, ["售价", "¥99.00", "—"]),
        ("Product", {"is_on_sale": False}, {"is_on_sale": True}, ["上架", "否", "是"]),
        ("Product", {"kind": "physical"}, {"kind": "virtual"}, ["类型", "实物", "虚拟"]),
        ("Product", {"image_urls": []}, {"image_urls": ["/a.png", "/b.png"]}, ["图片", "—", "/a.png、/b.png"]),
        ("Notice", {}, {"starts_at": "2026-11-22T04:00:00Z"}, ["开始时间", "—", "2026-11-22 12:00:00"]),
        ("Notice", {}, {"ends_at": "2026-11-22T12:30:00+08:00"}, ["结束时间", "—", "2026-11-22 12:30:00"]),
        ("Issue", {"status": "draft"}, {"status": IssueStatus.OPEN.value}, ["状态", "草稿", "进行中"]),
        ("Issue", {}, {"budget_fen": 100000}, ["亏损预算", "—", "¥1000.00"]),
        ("Activity", {"gameplay": "ichiban"}, {"gameplay": "infinite"}, ["玩法", "一番赏", "无限赏"]),
        (
            "Activity",
            {"config": {}},
            {"config": {"largest_order": 5, "bundle_prices": [{"count": 5, "price_fen": 28000}]}},
            ["玩法配置", "—", "每单最多抽数 5；多抽优惠价 抽数 5；总价 ¥280.00"],
        ),
        ("Reward", {"odds_ppm": 5000}, {"odds_ppm": 10000}, ["概率", "0.5000%", "1.0000%"]),
        ("Member", {"balance": 5}, {"balance": 15}, ["通用积分", "5", "15"]),
        (
            "BossSeason",
            {"prizes": []},
            {"prizes": [{"award": "rank", "rank_from": 1, "rank_to": 3, "points": 50, "amount_fen": None}]},
            ["奖项", "—", "奖项 排名奖；名次从 1；名次到 3；积分 50"],
        ),
        ("Group", {"permissions": []}, {"permissions": ["view_product"]}, ["权限", "—", "商品：查看"]),
    ],
)
def test_a_value_is_named_and_shown_as_people_read_it(db, kind, before, after, row):
    assert _rows(changes_table(kind, before, after)) == [row]


def test_a_row_of_another_table_is_named(db):
    activity, product = make_activity(), make_product(name="鲸鱼手办")
    [[_, was, now]] = _rows(changes_table("Activity", {}, {"category_id": activity.category_id}))
    assert (was, now) == ("—", f"盲盒（{activity.category_id}）")
    [[_, _, now]] = _rows(changes_table("Reward", {}, {"product_id": product.pk}))
    assert now == f"鲸鱼手办（{product.pk}）"


def test_of_a_long_list_only_what_came_and_went_is_shown(db):
    verbs = [f"{verb}_{name}" for name in ("product", "category", "notice") for verb in ("view", "add", "change")]
    [[label, gone, came]] = _rows(
        changes_table("Group", {"permissions": verbs}, {"permissions": [*verbs[1:], "delete_product"]})
    )
    assert (label, gone, came) == ("权限", "商品：查看（另有 8 项不变）", "商品：删除")


def test_what_stayed_the_same_has_no_row(db):
    assert changes_table("Product", {"name": "手办"}, {"name": "手办"}).strip() == "—"
