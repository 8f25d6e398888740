"""Until when an issue that members have begun must go on (docs/fairness.md)."""

from datetime import datetime, timedelta

from django.db.models import F

from activities.gameplay import guarantee, limits, registry
from activities.gameplay.base import Terms
from activities.models import DrawPlayer, RewardStock
from activities.settings import LONGEST_SALE_DAYS
from blindbox.system.configs import value_of


def binds(promised: Terms) -> bool:
    """
    Tell whether what was drawn so far changes what is still to be won: whoever could stop at will would steer it.

    Only where neither stock nor a member's earlier draws count does every draw meet the same odds.
    """
    if promised.total is not None or limits.limited(promised.prizes):
        return True
    return registry.get(promised.gameplay).progresses(promised.config)


def owes(promised: Terms) -> bool:
    """Tell whether a limited prize is still to be won, or a member is on the way to what was promised."""
    mine = [prize.id for prize in promised.prizes]
    if RewardStock.objects.filter(reward_id__in=mine, given__lt=F("total")).exists():
        return True
    if guarantee.of(promised.config) is not None:
        return DrawPlayer.objects.filter(issue_id=promised.issue_id, misses__gt=0).exists()
    return registry.get(promised.gameplay).progresses(promised.config)


def lacks_end(promised: Terms) -> bool:
    """Tell whether a begun issue of these terms might go on for ever: neither a last ticket nor a date ends it."""
    return promised.total is None and promised.ends_at is None and binds(promised)


def latest(*, now: datetime) -> datetime:
    """Return the end that an issue is given which lacks one."""
    days: int = value_of(LONGEST_SALE_DAYS)
    return now + timedelta(days=days)


def warnings(promised: Terms) -> list[str]:
    """Return in Chinese what an operator should know about the end of an issue of these terms."""
    if promised.ends_at is None and promised.total is not None:
        return ["没有填结束时间：有人抽过之后只有售罄才能结束"]
    if not lacks_end(promised):
        return []
    return [
        "没有填结束时间：有保底、限量奖品、动态概率或按次数换奖品表的期次，有人抽过之后要到公示的结束时间才能关闭；"
        f"将公示为开放后 {value_of(LONGEST_SALE_DAYS)} 天结束（设置「{LONGEST_SALE_DAYS.label}」）"
    ]
