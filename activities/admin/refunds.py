"""How staff refund an order of draws: everything that it won goes back first."""

from activities.errors import DrawNotFound
from activities.services import refunding
from orders.admin.staff_refunds import StaffRefunds, register
from orders.enums import OrderSource


def taken_back(order_id: int) -> list[str]:
    """Return in Chinese what a refund of an order takes back from the member."""
    try:
        won = refunding.winnings(order_id)
    except DrawNotFound:
        return []
    units = f"收回 {won.units} 件奖品" if won.units else ""
    points = f"收回抽到的 {won.points} 积分" if won.points else ""
    vouchers = f"收回 {won.vouchers} 份优惠券或钱包金额" if won.vouchers else ""
    return [line for line in (units, points, vouchers) if line] or ["没有要收回的奖品"]


register(OrderSource.DRAW, StaffRefunds(refunding.refund_order, refunding.is_stuck, refunding.refund_stuck, taken_back))
