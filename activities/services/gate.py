"""What an issue must meet before it is sold: it does not lose money unawares, and keeps to the price guidance."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from activities import selectors
from activities.gameplay import guarantee
from activities.gameplay.base import Terms
from activities.models import Reward
from activities.services import worth
from activities.services.simulating.rehearsals import odds_of
from activities.settings import HIGHEST_PRICE_FEN
from blindbox.common.money import PPM, yuan
from blindbox.system.configs import value_of

_WECHAT_ASKS = "微信要求盲盒内单品参考价不低于售价，请确认"
_NO_LOSS_WITH_GUARANTEE = (
    "有保底的期次不能亏本开放，因为亏损达到预算就要停售，而停售会使保底落空；请提价、换奖品或去掉保底"
)


@dataclass(frozen=True)
class Outlook:
    """
    Means of a draw, in fen. `price_fen` is the least that it brings; None: it is free. `whole_loss_fen` is what the
    issue loses by its end, None where nothing bounds it.
    """

    price_fen: int | None
    value_fen: int
    cost_fen: int
    whole_loss_fen: int | None = None

    @property
    def loss_fen(self) -> int:
        """What every draw loses on the mean, 0 if it earns. A free draw brings nothing: it loses all that it costs."""
        return max(0, self.cost_fen - (self.price_fen or 0))


NOTHING_KNOWN = Outlook(None, 0, 0)


def costs_of(rewards: Iterable[Reward], promised: Terms) -> dict[int, int]:
    """
    Return what a unit of each reward costs, in fen. Points that a free draw gives away cost what is stated: they are a
    gift that the shop makes on purpose, as a welcome is. Where they can be won back for points or cash, they count.
    """
    return worth.costs_of(rewards, points_count=worth.draw_price_fen(promised) is not None)


def outlook(promised: Terms, costs: Mapping[int, int]) -> Outlook:
    """Return the means of a draw under these terms; `costs` in fen by reward."""
    odds = odds_of(promised)
    value = sum(odds.get(prize.id, 0) * worth.value_of_prize(prize) for prize in promised.prizes)
    cost = sum(odds.get(prize.id, 0) * costs.get(prize.id, 0) for prize in promised.prizes)
    means = Outlook(worth.draw_price_fen(promised), value // PPM, -(-cost // PPM))
    return replace(means, whole_loss_fen=_whole_loss(promised, means, costs))


def _whole_loss(promised: Terms, means: Outlook, costs: Mapping[int, int]) -> int | None:
    """A box loses on every ticket; whatever else costs nothing to draw loses its stock, where all of it is limited."""
    if promised.total is not None:
        return means.loss_fen * promised.total
    given = [(prize.quantity, costs.get(prize.id, 0)) for prize in promised.prizes if costs.get(prize.id, 0)]
    limited = [(quantity, cost) for quantity, cost in given if quantity is not None]
    if means.price_fen is not None or len(limited) < len(given):
        return None
    return sum(quantity * cost for quantity, cost in limited)


def problems(promised: Terms, costs: Mapping[int, int]) -> list[str]:
    """Return in Chinese why these terms may not be sold, empty if they may."""
    return [*_price_problems(promised), *_loss_problems(promised, outlook(promised, costs))]


def warnings(promised: Terms) -> list[str]:
    """Return in Chinese what an operator should think over; none of it stands in the way."""
    price, means = worth.dearest_price_fen(promised), outlook(promised, {})
    values = [worth.value_of_prize(prize) for prize in promised.prizes if prize.position == "ticket"]
    if price is None:
        return _gift_warnings(promised)
    if not values:
        return []
    found = []
    if promised.price_fen is not None and min(values) < promised.price_fen:
        found.append(f"最低参考价 {yuan(min(values))} 低于单抽价格 {yuan(promised.price_fen)}：{_WECHAT_ASKS}")
    if means.value_fen < price:
        found.append(f"单抽期望参考价 {yuan(means.value_fen)} 低于单抽价格 {yuan(price)}：平均来说买家不划算，请确认")
    return found


def _gift_warnings(promised: Terms) -> list[str]:
    odds = odds_of(promised)
    points = sum(odds.get(prize.id, 0) * (prize.points or 0) for prize in promised.prizes) / PPM
    if points < 0.01:  # less would round to nothing
        return []
    return [f"免费抽奖：平均每抽送出 {points:.2f} 积分，折合 {yuan(round(points * worth.point_fen()))}"]


def _price_problems(promised: Terms) -> list[str]:
    highest: int = value_of(HIGHEST_PRICE_FEN)
    price = worth.dearest_price_fen(promised)
    if price is None or price <= highest:
        return []
    what = "单抽价格" if price == promised.price_fen else f"单抽 {promised.price_points} 积分，折合"
    return [f"{what} {yuan(price)} 超过上限 {yuan(highest)}（设置「盲盒单价上限」）"]


def _enough(means: Outlook) -> str:
    if means.whole_loss_fen is None:
        return "（期次页的「批准亏损预算」），累计亏到预算时自动停售"
    return f"（期次页的「批准亏损预算」），至少 {yuan(means.whole_loss_fen)}，即整期期望亏损"


def _loss_problems(promised: Terms, means: Outlook) -> list[str]:
    if not means.loss_fen:
        return []
    loss = f"单抽期望成本 {yuan(means.cost_fen)} 高于最低收入 {yuan(means.price_fen or 0)}"
    if guarantee.of(promised.config) is not None:
        return [f"{loss}：{_NO_LOSS_WITH_GUARANTEE}"]
    approval = selectors.loss_approval(promised.issue_id)
    if approval is None:
        return [f"{loss}：需要有权限的人批准亏损预算{_enough(means)}"]
    if means.whole_loss_fen is not None and means.whole_loss_fen > approval.budget_fen:
        approved = yuan(approval.budget_fen)
        return [f"{loss}，整期期望亏损 {yuan(means.whole_loss_fen)}，超过已批准的 {approved}"]
    return []
