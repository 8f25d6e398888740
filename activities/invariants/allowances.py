"""X6 of docs/guarantees.md, the second half: what counts towards a buyer's limits is what they bought."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, timedelta

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import TruncDate

from activities.enums import BatchStatus
from activities.models import DrawAllowance, DrawBatch
from blindbox.common.invariants import also
from orders import selectors as orders
from orders.enums import OrderSource, PayWith

MEMBERS_AT_ONCE = 2000
SHANGHAI_OFFSET = timedelta(hours=8)  # databases need not know time zones by name


@also(id="X6")
def allowances_are_what_was_bought() -> Iterable[str]:
    counted = DrawBatch.objects.filter(status__in=[BatchStatus.HELD, BatchStatus.SETTLED])
    last = max((_last(rows) for rows in (counted, DrawAllowance.objects.all())), default=0)
    for low in range(0, last + 1, MEMBERS_AT_ONCE):
        some = {"member_id__gte": low, "member_id__lt": low + MEMBERS_AT_ONCE}
        yield from _compared(_bought(counted.filter(**some)), DrawAllowance.objects.filter(**some))


def _last(rows: "QuerySet[DrawBatch] | QuerySet[DrawAllowance]") -> int:
    return rows.order_by("-member_id").values_list("member_id", flat=True).first() or 0


def _bought(batches: "QuerySet[DrawBatch]") -> dict[tuple[int, str], Counter[str]]:
    """Return draws and cash by member and period, of what is held or drawn and not refunded; a gift counts nowhere."""
    paid = orders.of_source(OrderSource.DRAW).exclude(pay_with=PayWith.FREE).filter(pk=OuterRef("order_id"))
    priced = batches.annotate(fen=Subquery(paid.values("payable_fen")[:1])).filter(fen__isnull=False)
    dated = priced.annotate(bought_on=TruncDate(F("created_at") + SHANGHAI_OFFSET, tzinfo=UTC))
    sums = dated.order_by().values("member_id", "bought_on").annotate(n=Sum("count"), spent_fen=Sum("fen"))
    found: dict[tuple[int, str], Counter[str]] = {}
    for member_id, day, draws, fen in sums.values_list("member_id", "bought_on", "n", "spent_fen"):
        for period in _periods(day):
            found.setdefault((member_id, period), Counter()).update(draws=draws, fen=fen)
    return found


def _periods(day: date) -> tuple[str, str]:
    return f"D{day.isoformat()}", f"M{day:%Y-%m}"


def _compared(bought: dict[tuple[int, str], Counter[str]], rows: "QuerySet[DrawAllowance]") -> Iterable[str]:
    used = {
        (member_id, period): (draws, fen)
        for member_id, period, draws, fen in rows.values_list("member_id", "period", "draws", "spent_fen")
    }
    for key in sorted(bought.keys() | used.keys()):
        due = bought.get(key, Counter())
        draws, fen = used.get(key, (0, 0))
        if (draws, fen) != (due["draws"], due["fen"]):
            yield f"用户 {key[0]} {key[1]}：限额记 {draws} 抽 {fen} 分，购买 {due['draws']} 抽 {due['fen']} 分"
