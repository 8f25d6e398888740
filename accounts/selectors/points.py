"""Points: the log and the balance that its rows lead to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BigIntegerField, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Greatest

from accounts import configs
from accounts.enums import PointKind, PointReason
from accounts.models import Invite, PointAccount, PointDebt, PointEntry
from blindbox.common.business_day import business_day, day_bounds
from blindbox.system.configs import value_of

SOON = timedelta(days=30)


@dataclass(frozen=True)
class Balance:
    """
    What a member has. `pending` are rewards of invites on their way to the ledger; `expiring_soon` is what expires
    within 30 days unless it is spent.
    """

    balance: int
    mall_balance: int
    debt: int
    pending: int
    expiring_soon: int


def point_entries(*, member_id: int, kind: str = PointKind.GENERAL) -> QuerySet[PointEntry]:
    """Return one account's entries; `seq` is their unique order."""
    return PointEntry.objects.filter(account__member_id=member_id, account__kind=kind).select_related("account")


def entries_for(reason: PointReason) -> QuerySet[PointEntry]:
    """Return every member's entries of one reason, for those who check their own books against them."""
    return PointEntry.objects.filter(reason=reason)


def debts_for(reason: PointReason) -> QuerySet[PointDebt]:
    """Return every member's movements of debt of one reason, likewise."""
    return PointDebt.objects.filter(reason=reason)


def granted_entry(*, member_id: int, ref: str) -> PointEntry:
    """Return the entry of an operator's grant."""
    return point_entries(member_id=member_id).get(reason=PointReason.GRANT, ref=ref)


def general_account(member_id: int) -> "QuerySet[PointAccount]":
    """Return the row of a member's general points: those that draws use and that expire."""
    return PointAccount.objects.filter(member_id=member_id, kind=PointKind.GENERAL)


def accounts_of(member_id: int) -> "QuerySet[PointAccount]":
    """Return every account of a member; one that never had points is not there."""
    return PointAccount.objects.filter(member_id=member_id).order_by("kind")


def spendable(member_id: int) -> int:
    """Return the general points that a member holds."""
    return general_account(member_id).values_list("balance", flat=True).first() or 0


def balance_of(member_id: int, *, now: datetime) -> Balance:
    """Return a member's balances and what is about to change them."""
    rows = PointAccount.objects.filter(member_id=member_id).values_list("kind", "balance", "debt")
    balances = {kind: balance for kind, balance, _ in rows}
    return Balance(
        balance=balances.get(PointKind.GENERAL, 0),
        mall_balance=balances.get(PointKind.MALL, 0),
        debt=sum(debt for _, _, debt in rows),
        pending=_pending(member_id),
        expiring_soon=_expiring_soon(member_id, now),
    )


def _pending(member_id: int) -> int:
    promised = Invite.objects.filter(inviter_id=member_id, rewarded_at__isnull=True)
    total: int = promised.aggregate(total=Coalesce(Sum("promised_points"), 0))["total"]
    return total


def _expiring_soon(member_id: int, now: datetime) -> int:
    end = good_since(now + SOON)
    if end is None:
        return 0
    return older_than(end, general_account(member_id)).values_list("old", flat=True).first() or 0


def good_since(now: datetime) -> datetime | None:
    """Return from when points must have been earned to be still good on this business day; None if all are."""
    lifetime: int = value_of(configs.POINT_LIFETIME_DAYS)
    return day_bounds(business_day(now) - timedelta(days=lifetime))[0] if lifetime else None


def older_than(moment: datetime, accounts: "QuerySet[PointAccount]") -> "QuerySet[Any]":
    """
    Annotate accounts with `old`: how much of the balance was earned before a moment.

    The oldest points are spent first, so it is what the balance exceeds the points by that were earned since.
    """
    since = PointEntry.objects.filter(account=OuterRef("pk"), delta__gt=0, occurred_at__gte=moment).values("account")
    earned = Coalesce(Subquery(since.annotate(total=Sum("delta")).values("total")), 0, output_field=BigIntegerField())
    return accounts.annotate(old=Greatest(F("balance") - earned, Value(0), output_field=BigIntegerField()))
