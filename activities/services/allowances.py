"""How much a member may buy in a day and a month: the stricter of the shop's limit and their own."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from accounts.selectors.protection import KINDS, Limits, stricter
from activities.errors import LimitReached
from activities.models import DrawAllowance, DrawBatch
from activities.settings import ADULT_LIMITS, MINOR_LIMITS
from blindbox.common import sql
from blindbox.common.business_day import business_day
from blindbox.common.retry import TryAgain, refusing_duplicates
from blindbox.system.configs import value_of
from orders import selectors as orders

NO_LIMIT = 2**62
LABELS = {"day_fen": "今日消费金额", "month_fen": "本月消费金额", "day_draws": "今日抽数", "month_draws": "本月抽数"}
_PERIOD_FITS = "period = %s AND draws + %s <= %s AND spent_fen + %s <= %s"
_TAKE = (
    f"UPDATE {DrawAllowance._meta.db_table} SET draws = draws + %s, spent_fen = spent_fen + %s "
    f"WHERE member_id = %s AND ({_PERIOD_FITS} OR {_PERIOD_FITS})"
)


class OverLimit(Exception):
    """Never leaves the purchase: a period did not count it. Which limit it was is told once all is undone."""


@dataclass(frozen=True)
class Bought:
    """What counts of a purchase: its draws, and its price in cash (points cost none)."""

    member_id: int
    draws: int
    fen: int
    at: datetime

    @property
    def periods(self) -> tuple[str, str]:
        day = business_day(self.at).isoformat()
        return f"D{day}", f"M{day[:7]}"


def of_batch(batch: DrawBatch) -> Bought:
    """Return what was counted when this batch was bought."""
    return Bought(batch.member_id, batch.count, orders.order(batch.order_id).payable_fen, batch.created_at)


def limits(own: Limits, *, minor: bool) -> Limits:
    """Return what holds for a member: the shop's limits (0 is none), or their own where these are lower."""
    shop = MINOR_LIMITS if minor else ADULT_LIMITS
    return Limits(*(stricter(value_of(shop[kind]) or None, getattr(own, kind)) for kind in KINDS))


def take(bought: Bought, most: Limits) -> None:
    """
    Count a purchase inside the caller's transaction, which undoes it with everything else that is refused.

    :raises OverLimit: if it would go beyond a limit
    """
    n, fen, (day, month) = bought.draws, bought.fen, bought.periods
    of_day = (day, n, _ceiling(most.day_draws), fen, _ceiling(most.day_fen))
    of_month = (month, n, _ceiling(most.month_draws), fen, _ceiling(most.month_fen))
    counted = sql.execute(_TAKE, [n, fen, bought.member_id, *of_day, *of_month])
    if counted < len(bought.periods) and counted + _first_in(bought, most) < len(bought.periods):
        # without a limit in the way another purchase opened the period between two statements: the unit starts again
        raise OverLimit if reached(bought, most) else TryAgain


def count_late(bought: Bought) -> None:
    """Count what was paid for after its hold had lapsed: the money is here, no limit turns it away."""
    take(bought, Limits())


def give_back(bought: Bought) -> None:
    """Take a purchase that came to nothing, or was refunded, out of the periods in which it was made."""
    mine = DrawAllowance.objects.filter(member_id=bought.member_id, period__in=bought.periods)
    fitting = mine.filter(draws__gte=bought.draws, spent_fen__gte=bought.fen)
    fitting.update(draws=F("draws") - bought.draws, spent_fen=F("spent_fen") - bought.fen)


def _ceiling(most: int | None) -> int:
    return NO_LIMIT if most is None else most


def _first_in(bought: Bought, most: Limits) -> int:
    """Open the periods in which the member buys for the first time, as far as the limits allow; return how many."""
    mine = DrawAllowance.objects.filter(member_id=bought.member_id, period__in=bought.periods)
    known = set(mine.values_list("period", flat=True))
    limits_of = zip(bought.periods, (most.day_draws, most.month_draws), (most.day_fen, most.month_fen), strict=True)
    new = [
        DrawAllowance(member_id=bought.member_id, period=period, draws=bought.draws, spent_fen=bought.fen)
        for period, draws, fen in limits_of
        if period not in known and bought.draws <= _ceiling(draws) and bought.fen <= _ceiling(fen)
    ]
    with refusing_duplicates(TryAgain):
        DrawAllowance.objects.bulk_create(new)
    return len(new)


def used(member_id: int, *, now: datetime) -> dict[str, int]:
    """Return what a member has bought today and this month, by the names of the limits."""
    day, month = Bought(member_id, 0, 0, now).periods
    rows = DrawAllowance.objects.filter(member_id=member_id, period__in=(day, month))
    found = {row.period: row for row in rows}
    return {
        "day_fen": found[day].spent_fen if day in found else 0,
        "month_fen": found[month].spent_fen if month in found else 0,
        "day_draws": found[day].draws if day in found else 0,
        "month_draws": found[month].draws if month in found else 0,
    }


def reached(bought: Bought, most: Limits) -> LimitReached | None:
    """
    Return which limit stands in the way of a purchase, if one does. In the transaction that tried to count it one of
    two periods holds it already, and looks full without being so.
    """
    asked = {"day_fen": bought.fen, "month_fen": bought.fen, "day_draws": bought.draws, "month_draws": bought.draws}
    known = used(bought.member_id, now=bought.at)
    for kind in KINDS:
        limit = getattr(most, kind)
        if limit is not None and known[kind] + asked[kind] > limit:
            return LimitReached(kind=kind, label=LABELS[kind], limit=limit, used=known[kind])
    return None
