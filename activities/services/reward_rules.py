"""What a reward must hold to be a prize of its kind at its position. What a play needs beyond that, it says itself."""

from collections.abc import Mapping
from typing import Any

from activities.enums import Position, RewardKind
from activities.models import Reward
from blindbox.common.errors import Invalid
from catalog import selectors as catalog

MOST_IN_BUNDLE, MOST_OF_ONE, MOST_UNITS = 20, 100, 100
# of each kind the one field that says what is won, and what to tell whoever leaves it empty
_CONTENT: dict[str, tuple[str | None, str]] = {
    RewardKind.PRODUCT: ("product_id", "商品奖品要选商品，不填其他内容"),
    RewardKind.POINTS: ("points", "积分奖品要填积分数，不填商品"),
    RewardKind.COUPON: ("coupon_id", "优惠券奖品要填优惠券，不填其他内容"),
    RewardKind.WALLET: ("amount_fen", "钱包奖品要填金额，不填其他内容"),
    RewardKind.BUNDLE: ("bundle", "组合奖品要填组合内容，不填其他内容"),
    RewardKind.NONE: (None, ""),
}
_WORDS = {"product_id": "商品", "points": "积分数", "coupon_id": "优惠券", "amount_fen": "金额", "bundle": "组合内容"}
_NUMBERED = {Position.NTH, Position.EVERY}


def check(issue_id: int, values: Mapping[str, Any]) -> None:
    """:raises Invalid: naming the field that does not fit"""
    _check_content(values)
    if (values["position"] in _NUMBERED) != bool(values["position_n"]):
        raise Invalid.field("position_n", "「第 N 抽」和「每 N 抽」要填 N，其他位置不填")
    substitute_id = values["substitute_id"]
    if substitute_id is not None and not Reward.objects.filter(pk=substitute_id, issue_id=issue_id).exists():
        raise Invalid.field("substitute_id", "替换的奖品不在本期")


def _check_content(values: Mapping[str, Any]) -> None:
    kind = values["kind"]
    mine, text = _CONTENT[kind]
    own = RewardKind(kind).label
    wrong = {mine: text} if mine and not values[mine] else {}
    wrong |= {name: f"{own}奖品不能填{word}" for name, word in _WORDS.items() if name != mine and values[name]}
    if wrong:
        raise Invalid(*({"field": name, "code": "invalid", "message": told} for name, told in wrong.items()))
    if mine == "bundle":
        _check_bundle(values["bundle"])
    if mine == "product_id" and values["product_id"] not in catalog.products_by_ids([values["product_id"]]):
        raise Invalid.field("product_id", "商品不存在")


def _check_bundle(bundle: Any) -> None:
    if not isinstance(bundle, list) or len(bundle) > MOST_IN_BUNDLE or not all(map(_is_line, bundle)):
        raise Invalid.field("bundle", f"组合最多 {MOST_IN_BUNDLE} 种商品，每种 1 到 {MOST_OF_ONE} 件")
    if sum(line["quantity"] for line in bundle) > MOST_UNITS:
        raise Invalid.field("bundle", f"组合里的商品一共最多 {MOST_UNITS} 件")
    wanted = {line["product_id"] for line in bundle}
    if len(wanted) != len(bundle) or wanted - set(catalog.products_by_ids(list(wanted))):
        raise Invalid.field("bundle", "组合里的商品不存在或重复")


def _is_line(line: Any) -> bool:
    if not isinstance(line, dict) or set(line) != {"product_id", "quantity"}:
        return False
    return type(line["product_id"]) is int and type(line["quantity"]) is int and 1 <= line["quantity"] <= MOST_OF_ONE
