"""From a request's body to what a member wishes for; what an issue does not offer is refused, never ignored."""

from collections.abc import Mapping
from typing import Any

from activities.services.wishes import THE_REST, Wish
from blindbox.common.errors import Conflict, Invalid
from orders.enums import PayWith


class CouponUnusable(Conflict):
    code, message = "coupon.unusable", "优惠券不存在或不能用于本次购买"


_NOT_OFFERED = {
    "item_card_id": "本玩法不能使用道具卡",
    "points": "本活动不支持积分抵扣",
    "wallet_id": "本活动不支持钱包支付",
}


def wish_of(issue_id: int, body: Mapping[str, Any]) -> Wish:
    """
    Return what is wished for.

    :raises Invalid: naming a field that this purchase cannot have
    :raises CouponUnusable: if a coupon is given that cannot be used
    """
    if body.get("coupon_id") is not None:
        if body["pay_with"] == PayWith.POINTS:
            raise Invalid.field("coupon_id", "积分支付不能使用优惠券")
        raise CouponUnusable
    for name, why in _NOT_OFFERED.items():
        if body.get(name) and not (name == "wallet_id" and body["pay_with"] == PayWith.WALLET):
            raise Invalid.field(name, why)
    return Wish(
        issue_id=issue_id,
        count=body.get("count") or THE_REST,
        pay_with=PayWith(body["pay_with"]),
        client_nonce=body.get("client_nonce") or "",
        terms_hash=body.get("terms_hash"),
        quote_token=body.get("quote_token"),
        ticket_nos=tuple(body.get("ticket_nos") or ()),
        buy_out=bool(body.get("buy_out")),
        choice=body.get("choice") or "",
        passed=body.get("pass") or "",
        amount_ref=body.get("amount_ref") or "",
    )
