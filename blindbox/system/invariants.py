"""M7, X1, X2, X5: ledgers stay as they were, keys lead somewhere, every event is told, every operator is named."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Count, Q
from django.utils import timezone

from blindbox.common.invariants import Pace, also, invariant
from blindbox.common.reading import pages
from blindbox.system import digests, idempotency
from blindbox.system.models import IdempotencyKey, OperationLog, OutboxMessage

MOST_LINES = 100
LONGEST_WAIT = timedelta(seconds=60)
IN_FLIGHT = timedelta(minutes=1)  # longer than any request that took a key
LONGEST_LIFE = timedelta(minutes=15)  # put off again and again, by a provider that is silent, it never seems late


digests.register(
    OperationLog,
    "operator_id operator_name ip action object_type object_id object_label before after reason request_id",
    moment="created_at",
)


@invariant(id="M7", title="流水只增不改：每个已结束业务日的内容与当日摘要一致")
def closed_days_stay_as_they_were() -> Iterable[str]:
    yield from digests.discrepancies()


@invariant(id="X1", title="同一幂等键只生效一次，且指向确实存在的结果")
def keys_are_unique() -> Iterable[str]:
    repeated = IdempotencyKey.objects.values("realm", "actor_id", "key").annotate(n=Count("pk")).filter(n__gt=1)
    return [f"{row['realm']}:{row['actor_id']}:{row['key']} 出现 {row['n']} 次" for row in repeated]


@also(id="X1")
def keys_lead_somewhere() -> Iterable[str]:
    """A key commits with what it led to, so one without it, or that names nothing that exists, lost its effect."""
    settled = IdempotencyKey.objects.filter(created_at__lt=timezone.now() - IN_FLIGHT)
    for page in pages(settled, "realm", "actor_id", "key", "ref"):
        known = idempotency.known({row[-1] for row in page if row[-1]})
        for _, realm, actor_id, key, ref in page:
            if ref not in known:
                yield f"{realm}:{actor_id}:{key} 指向「{ref}」，没有这样的结果"


@invariant(id="X2", title="每次状态变化都发出了事件，没有事件滞留或被放弃", pace=Pace.ALWAYS)
def no_event_waits() -> Iterable[str]:
    now = timezone.now()
    late = Q(due_at__lte=now - LONGEST_WAIT) | Q(created_at__lte=now - LONGEST_LIFE)
    for stuck in OutboxMessage.objects.waiting().filter(late)[:MOST_LINES]:
        yield f"事件 {stuck.pk}（{stuck}）已过期未投递"
    for dead in OutboxMessage.objects.dead()[:MOST_LINES]:
        yield f"事件 {dead.pk}（{dead}）已被放弃：{dead.last_error}"


@invariant(id="X5", title="后台的每次操作都有日志：操作员、操作前后")
def the_log_names_who_and_what() -> Iterable[str]:
    for row in OperationLog.objects.filter(operator_name="").order_by("pk")[:MOST_LINES]:
        yield f"操作日志 {row.pk}（{row.action} {row.object_label}）：没有操作员"
    changes = OperationLog.objects.filter(action__startswith="修改").order_by("pk")
    one_sided = Q(before={}) & ~Q(after={}) | ~Q(before={}) & Q(after={})  # a form saved as it was has neither side
    for row in changes.filter(one_sided)[:MOST_LINES]:
        yield f"操作日志 {row.pk}（{row.action} {row.object_label}）：没有记录操作前后"
