"""The numbers of pick-a-number boxes and the queues for whole boxes, against counter, batches and draws."""

from collections.abc import Iterable

from django.db.models import BigIntegerField, Count, Exists, F, Max, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from activities.enums import BatchStatus
from activities.invariants.counting import number_of
from activities.models import BoxTurn, DrawLog, IssueCounter, IssueTicket
from blindbox.common.invariants import invariant


def drawn_and_turned_over() -> Iterable[str]:
    """Yield numbers whose row is not what was drawn, and draws whose number says otherwise."""
    own = DrawLog.objects.filter(is_bonus=False)
    of_number = own.filter(issue=OuterRef("issue"), ticket_no=OuterRef("ticket_no"))
    opened = IssueTicket.objects.filter(reward__isnull=False)
    for ticket in opened.filter(~Exists(of_number.filter(batch=OuterRef("batch"), reward=OuterRef("reward")))):
        yield f"期次 {ticket.issue_id}：{ticket.ticket_no} 号已售出，没有对应的抽奖结果"
    numbers = IssueTicket.objects.filter(issue=OuterRef("issue"))
    same = numbers.filter(ticket_no=OuterRef("ticket_no"), batch=OuterRef("batch"), reward=OuterRef("reward"))
    for log in own.filter(Exists(numbers)).filter(~Exists(same)):
        yield f"抽奖 {log.pk}：{log.ticket_no} 号没有记为售出"


def laid_out_in_full() -> Iterable[str]:
    """Yield boxes whose numbers are not 1 to the total, each once."""
    rows = IssueTicket.objects.order_by().values("issue_id", "issue__counter__total")
    counted = rows.annotate(n=Count("pk"), last=Max("ticket_no"))
    for row in counted.exclude(n=F("issue__counter__total"), last=F("n")):
        yield f"期次 {row['issue_id']}：号码 {row['n']} 个，总数 {row['issue__counter__total']}"


def held_as_reserved() -> Iterable[str]:
    """Yield boxes that hold other numbers than their counter and their unpaid orders say."""
    numbers = IssueTicket.objects.filter(issue=OuterRef("pk"))
    held = numbers.filter(batch__isnull=False, reward__isnull=True)
    counters = IssueCounter.objects.filter(Exists(numbers)).annotate(n=number_of(held, "issue", Count("pk")))
    for counter in counters.exclude(reserved=F("n")):
        yield f"期次 {counter.pk}：锁定 {counter.reserved}，占用的号码 {counter.n} 个"
    stray = IssueTicket.objects.filter(batch__isnull=False, reward__isnull=True)
    for ticket in stray.exclude(batch__status=BatchStatus.HELD):
        yield f"期次 {ticket.issue_id}：{ticket.ticket_no} 号被占用，订单并不在待支付"


@invariant(id="D12", title="锁箱用户就是排在最前的用户，没有人排队时没有锁")
def locks_are_the_queues() -> Iterable[str]:
    queue = BoxTurn.objects.filter(issue=OuterRef("pk"), slot=1).order_by("place")
    nobody = Value(0, BigIntegerField())
    first = Subquery(queue.values("member_id")[:1], output_field=BigIntegerField())
    until = Subquery(queue.values("until")[:1])
    locked = IssueCounter.objects.annotate(
        holder=Coalesce("locked_by", nobody), first=Coalesce(first, nobody), first_until=until
    )
    no_end, no_first_end = Q(locked_until__isnull=True), Q(first_until__isnull=True)
    other_end = no_end & ~no_first_end | ~no_end & (no_first_end | ~Q(locked_until=F("first_until")))
    for counter in locked.filter(~Q(holder=F("first")) | other_end):
        yield f"期次 {counter.pk}：锁箱用户 {counter.holder}，排在最前的是 {counter.first}"
    passed = queue.filter(until__isnull=False)[1:2]
    for issue_id in IssueCounter.objects.filter(Exists(passed)).values_list("pk", flat=True):
        yield f"期次 {issue_id}：不止一人独占整箱"
