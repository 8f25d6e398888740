"""The one writer of points."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import F

from accounts.enums import PointKind, PointReason
from accounts.models import PointAccount, PointDebt, PointEntry
from accounts.selectors.points import general_account
from blindbox.common.ledger import BalanceInsufficient, Ledger, Posting
from blindbox.common.retry import in_transaction


class PointsInsufficient(BalanceInsufficient):
    code, message = "points.insufficient", "积分不足"


_ledger = Ledger(accounts=PointAccount, entries=PointEntry)


def open_accounts(*, member_id: int, now: datetime) -> None:
    """Create a new member's accounts; a later concurrent creation would deadlock."""
    PointAccount.objects.bulk_create(
        PointAccount(member_id=member_id, kind=kind, created_at=now, updated_at=now) for kind in PointKind
    )


@in_transaction
def post(
    *, member_id: int, postings: Sequence[Posting], now: datetime, kind: PointKind = PointKind.GENERAL
) -> list[PointEntry]:
    """
    Move a member's points and return the entries, one a posting.

    :raises PointsInsufficient: if the balance would go negative
    :raises AlreadyPosted: if one of them was posted before
    """
    post_here(member_id=member_id, postings=postings, now=now, kind=kind)
    account = PointAccount.objects.get(member_id=member_id, kind=kind)
    return [account.entries.get(reason=posting.reason, ref=posting.ref) for posting in postings]


def post_here(
    *, member_id: int, postings: Sequence[Posting], now: datetime, kind: PointKind = PointKind.GENERAL
) -> None:
    """Do what `post` does inside the caller's transaction, without savepoint and without reading back."""
    account: dict[str, Any] = {"member_id": member_id, "kind": kind}
    earned = sum(posting.delta for posting in postings if posting.delta > 0 and posting.reason != PointReason.REFUND)
    try:
        _ledger.post(account={**account, "debt": 0} if earned else account, postings=postings, now=now)
    except BalanceInsufficient as refused:
        if not earned:
            raise PointsInsufficient(**refused.details) from refused
        _post_to_debtor(account, postings, earned, now=now)


def _post_to_debtor(account: Mapping[str, Any], postings: Sequence[Posting], earned: int, *, now: datetime) -> None:
    """Let what is earned pay off what is owed, as far as it goes; what a refund returns was not earned."""
    held = _taken(account, now=now)
    paid = min(held.debt, earned)
    off = [Posting(-paid, PointReason.DEBT, f"{postings[0].reason}:{postings[0].ref}")] if paid else []
    try:
        _ledger.post(account=account, postings=[*postings, *off], now=now)
    except BalanceInsufficient as refused:
        raise PointsInsufficient(**refused.details) from refused
    _owe(held, [(-paid, posting) for posting in off], now=now)


def claw_back(
    *, member_id: int, postings: Sequence[Posting], now: datetime, kind: PointKind = PointKind.GENERAL
) -> int:
    """
    Take points back inside the caller's transaction: what is there at once; the rest is owed and paid off by later
    earnings. Each `delta` is what should be taken, negative. Return how much was taken.

    :raises AlreadyPosted: if one of them was taken back before
    """
    account = {"member_id": member_id, "kind": kind}
    held = _taken(account, now=now)
    left, lines, owed = held.balance, [], []
    for posting in postings:
        taken = min(left, -posting.delta)
        left -= taken
        lines.append(replace(posting, delta=-taken))
        owed.append((-posting.delta - taken, posting))
    _ledger.post(account=account, postings=lines, now=now)
    _owe(held, owed, now=now)
    return held.balance - left


def _taken(account: Mapping[str, Any], *, now: datetime) -> PointAccount:
    """Return the account as it is, taken by a write."""
    row = PointAccount.objects.filter(**account)
    row.update(updated_at=now)
    return row.get()


def _owe(held: PointAccount, moves: Iterable[tuple[int, Posting]], *, now: datetime) -> None:
    """Move the debt of an account that was taken, and write down why."""
    rows = [
        PointDebt(account=held, delta=delta, reason=posting.reason, ref=posting.ref, occurred_at=now)
        for delta, posting in moves
        if delta
    ]
    if rows:
        PointDebt.objects.bulk_create(rows)
        PointAccount.objects.filter(pk=held.pk).update(debt=F("debt") + sum(row.delta for row in rows))


def hold_account(*, member_id: int, now: datetime) -> None:
    """Take the account's row before hotter rows, where a prize may be points (lock order)."""
    general_account(member_id).update(updated_at=now)
