"""M1, M3, M4, M6, M7, S1, X1, X2 and X5 of docs/guarantees.md: points, invites, and what staff did to members."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import (
    BigIntegerField,
    CharField,
    Count,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    Window,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone

from accounts.enums import MemberStatus, PointReason
from accounts.events import MemberInvited
from accounts.models import Invite, Member, PointAccount, PointDebt, PointEntry
from accounts.services import bans, expiry, grants
from blindbox.common.invariants import Pace, Scope, also, everything, invariant
from blindbox.system import audit, digests, idempotency
from blindbox.system.selectors import untold
from blindbox.system.services.housekeeping import events_kept_since

FRESH = timedelta(days=3)  # what is older is watched by the digests of its days

digests.register(PointEntry, "account_id seq delta balance_after reason ref note", moment="occurred_at")
digests.register(PointDebt, "account_id delta reason ref", moment="occurred_at")


@idempotency.register
def _grants(refs: set[str]) -> set[str]:
    return set(PointEntry.objects.filter(reason=PointReason.GRANT, ref__in=refs).values_list("ref", flat=True))


@invariant(id="M1", title="积分余额等于流水之和", pace=Pace.LATEST)
def balance_is_the_sum_of_entries(rows: Scope = everything) -> Iterable[str]:
    mine = PointEntry.objects.filter(account=OuterRef("pk")).values("account")
    total = Coalesce(Subquery(mine.annotate(total=Sum("delta")).values("total")), 0, output_field=BigIntegerField())
    wrong = _moved(rows).annotate(total=total).exclude(balance=F("total"))
    return [f"积分账户 {row.pk}：余额 {row.balance}，流水合计 {row.total}" for row in wrong]


def _moved(rows: Scope) -> "QuerySet[PointAccount]":
    """Return the accounts whose entries are looked at: with all entries, all accounts."""
    moved = rows(PointEntry.objects.all()).values("account")
    return PointAccount.objects.all() if rows is everything else PointAccount.objects.filter(pk__in=moved)


@invariant(id="M3", title="积分余额和欠积分不为负")
def nothing_is_negative() -> Iterable[str]:
    wrong = PointAccount.objects.filter(Q(balance__lt=0) | Q(debt__lt=0))
    below = PointEntry.objects.filter(balance_after__lt=0)
    return [f"积分账户 {row.pk}：余额 {row.balance}，欠 {row.debt}" for row in wrong] + [
        f"积分流水 {row.pk}：变动后余额 {row.balance_after}" for row in below
    ]


@invariant(id="M4", title="积分流水连续，每笔余额可由前一笔推出；过期的正是先进先出算出的旧积分")
def entries_form_a_chain() -> Iterable[str]:
    so_far = Window(Sum("delta"), partition_by="account", order_by="seq")
    broken = PointEntry.objects.annotate(so_far=so_far).exclude(balance_after=F("so_far"))
    gaps = PointAccount.objects.annotate(n=Count("entries"), last=Coalesce(Max("entries__seq"), 0))
    gaps = gaps.exclude(n=F("last"), seq=F("last"))
    return [f"积分流水 {row.pk}：余额 {row.balance_after}，应为 {row.so_far}" for row in broken] + [
        f"积分账户 {row.pk}：流水号 {row.seq}，末笔 {row.last}，共 {row.n} 笔" for row in gaps
    ]


@also(id="M4")
def what_expired_was_old() -> Iterable[str]:
    """An expiry takes what the balance before it exceeded the points by that were still good: the rest is spent."""
    fresh = PointEntry.objects.filter(reason=PointReason.EXPIRY, occurred_at__gte=timezone.now() - FRESH)
    earned = PointEntry.objects.filter(account=OuterRef("account"), seq__lt=OuterRef("seq"), delta__gt=0)
    for ref in fresh.values_list("ref", flat=True).distinct():
        good = earned.filter(occurred_at__gte=expiry.since_of(ref)).values("account").annotate(total=Sum("delta"))
        still_good = Coalesce(Subquery(good.values("total")), 0, output_field=BigIntegerField())
        old = F("balance_after") - F("delta") - still_good
        for entry in fresh.filter(ref=ref).annotate(old=old).exclude(old=-F("delta")):
            yield f"积分流水 {entry.pk}：过期 {-entry.delta}，按先进先出应为 {entry.old}"


@invariant(id="M9", title="欠积分等于欠账变动之和，每次抵扣都有流水")
def debt_is_the_sum_of_its_moves() -> Iterable[str]:
    mine = PointDebt.objects.filter(account=OuterRef("pk")).values("account")
    total = Coalesce(Subquery(mine.annotate(total=Sum("delta")).values("total")), 0, output_field=BigIntegerField())
    for row in PointAccount.objects.annotate(total=total).exclude(debt=F("total")):
        yield f"积分账户 {row.pk}：欠 {row.debt}，变动合计 {row.total}"
    same = {name: OuterRef(name) for name in ("account", "reason", "ref", "delta")}
    for move in PointDebt.objects.filter(~Exists(PointEntry.objects.filter(**same)), delta__lt=0):
        yield f"欠积分变动 {move.pk}：抵扣 {-move.delta}，没有对应的流水"
    paid = PointEntry.objects.filter(reason=PointReason.DEBT)
    for entry in paid.filter(~Exists(PointDebt.objects.filter(**same))):
        yield f"积分流水 {entry.pk}：抵扣 {-entry.delta}，欠账没有减少"


@invariant(id="M6", title="同一业务事件只入账一次")
def an_event_posts_once() -> Iterable[str]:
    repeated = PointEntry.objects.values("account_id", "reason", "ref").annotate(n=Count("pk")).filter(n__gt=1)
    return [f"积分账户 {row['account_id']}：{row['reason']} {row['ref']} 入账 {row['n']} 次" for row in repeated]


@invariant(id="S1", title="邀请：一人一个邀请人，不自邀，不成环，奖励一次且入账")
def invites_are_a_forest() -> Iterable[str]:
    yield from _bound_twice()
    yield from _out_of_order()
    yield from _unpaid()


def _bound_twice() -> Iterable[str]:
    repeated = Member.objects.annotate(n=Count("invite")).filter(n__gt=1)
    return [f"用户 {row.pk} 有 {row.n} 个邀请人" for row in repeated]


def _out_of_order() -> Iterable[str]:
    """An inviter registered before the invitee, so no chain of invites can lead back to its start."""
    wrong = Invite.objects.filter(Q(inviter=F("invitee")) | Q(inviter__created_at__gte=F("invitee__created_at")))
    return [f"邀请 {row.pk}：邀请人 {row.inviter_id} 不早于被邀请人 {row.invitee_id}" for row in wrong]


def _unpaid() -> Iterable[str]:
    """What an invite says it paid is in the inviter's ledger, and the reverse."""
    promised = Invite.objects.filter(rewarded_at__isnull=False)
    posted = PointEntry.objects.filter(reason=PointReason.INVITE)
    of_invite = posted.filter(account__member_id=OuterRef("inviter_id"), ref=_ref_of(OuterRef("pk")))
    invites = promised.annotate(paid=Subquery(of_invite.values("delta")[:1]))
    own = promised.annotate(own_ref=_ref_of(F("pk")))
    strange = posted.filter(~Exists(own.filter(inviter_id=OuterRef("account__member_id"), own_ref=OuterRef("ref"))))
    for invite in invites.exclude(paid__isnull=False, paid=F("rewarded_points")):
        yield f"邀请 {invite.pk}：记为奖励 {invite.rewarded_points}，流水为 {invite.paid}"
    for entry in strange:
        yield f"积分流水 {entry.pk}：{entry.ref} 没有对应的邀请"


def _ref_of(pk: Combinable) -> Concat:
    return Concat(Value("invite:"), Cast(pk, CharField()), output_field=CharField())


@also(id="X2", pace=Pace.LATEST)
def invites_are_told(rows: Scope = everything) -> Iterable[str]:
    since = events_kept_since(timezone.now())
    for pk, _ in untold(MemberInvited, rows(Invite.objects.all()), key="{}", moment="created_at", since=since):
        yield f"邀请 {pk}：没有发出事件"


@also(id="X5")
def staff_acts_on_members_are_logged() -> Iterable[str]:
    yield from _grants_without_log()
    yield from _bans_without_log()


def _grants_without_log() -> Iterable[str]:
    entries = PointEntry.objects.filter(reason=PointReason.GRANT).order_by("pk")
    made = {
        (member_id, delta, after, at): pk
        for pk, member_id, delta, after, at in entries.values_list(
            "pk", "account__member_id", "delta", "balance_after", "occurred_at"
        )
    }
    logged = {
        (int(row.object_id), row.after.get("delta"), row.after.get("balance"), row.created_at): row.pk
        for row in audit.logged("Member", *grants.ACTIONS)
    }
    for key in made.keys() - logged.keys():
        yield f"积分流水 {made[key]}：后台发放，没有操作日志"
    for key in logged.keys() - made.keys():
        yield f"操作日志 {logged[key]}：发放或扣回了积分，没有对应的流水"


def _bans_without_log() -> Iterable[str]:
    said = {int(row.object_id): row.after.get("status") for row in audit.logged("Member", *bans.ACTIONS.values())}
    is_off = set(Member.objects.filter(status=MemberStatus.DISABLED).values_list("pk", flat=True))
    said_off = {pk for pk, status in said.items() if status == MemberStatus.DISABLED}
    for pk in sorted(is_off - said_off):
        yield f"用户 {pk}：已禁用，没有操作日志"
    for pk in sorted(said_off - is_off):
        yield f"用户 {pk}：操作日志最后是禁用，现为正常"
