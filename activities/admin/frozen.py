"""What opening freezes beside the prizes, in the words of the form that it was typed in."""

from activities.gameplay import registry
from activities.gameplay.base import Terms
from activities.services import box_turns
from blindbox.common.adminkit import local_time
from blindbox.common.money import PPM


def frozen(promised: Terms) -> list[str]:
    """Return a sentence for each rule that no longer changes once the issue is open; prices have lines of their own."""
    until = "没有填" if promised.ends_at is None else local_time(promised.ends_at)
    rules = [f"开始时间：{local_time(promised.starts_at)}；结束时间：{until}", f"每单最多 {promised.largest_order} 抽"]
    return [*rules, *_box_rules(promised)] if promised.total is not None else rules


def _box_rules(promised: Terms) -> list[str]:
    seconds = box_turns.seconds_of(promised)
    found = [_buy_out(promised), "不能锁箱" if seconds is None else f"锁箱：每人独占 {seconds} 秒"]
    if getattr(registry.get(promised.gameplay), "may_pick", False):
        found.append("由用户选号" if promised.picks_numbers else "不能选号：票号按售出的顺序")
    return [*found, "售罄后自动开下一期" if promised.config.get("auto_next") else "售罄后不自动开下一期"]


def _buy_out(promised: Terms) -> str:
    if "buy_out" not in registry.get(promised.gameplay).options(promised.config):
        return "不能包箱"
    off, after = (promised.buy_out.get(name, 0) for name in ("discount_ppm", "after_sold_percent"))
    price = f"优惠 {100 * off / PPM:g}%" if off else "没有优惠"
    return f"可以包下剩余全部，{price}" + (f"，售出 {after}% 之后" if after else "")
