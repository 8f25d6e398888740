"""
A refund after the settlement reopens nothing: it asks back a share of the points, as far as they are unspent. Points
that paid off what the member owed were not spent: that debt comes back.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Sum

from accounts.enums import PointReason
from accounts.selectors.points import debts_for, spendable
from accounts.services import points
from activities.boss import paying
from activities.enums import RewardKind
from activities.models import BossAward, BossClawback, BossHit, BossPlayer
from blindbox.common.ledger import Posting
from blindbox.common.retry import TryAgain, in_transaction, refusing_duplicates
from blindbox.system import audit


@in_transaction
def claw_back(hit: BossHit, *, now: datetime) -> None:
    """Take back the refunded hit's share of what its player was given, and leave a note; a repeat changes nothing."""
    if BossClawback.objects.filter(batch_id=hit.source_id).exists():
        return
    paying.pay_points_of(season_id=hit.season_id, member_id=hit.member_id, now=now)  # only what arrived can go back
    wanted = _share_of(hit)
    taken = min(wanted, _unspent(hit, now))
    if taken:
        posting = Posting(-taken, PointReason.CLAWBACK, _ref_of(hit.source_id), note=f"{hit.season.name} 退款")
        points.claw_back(member_id=hit.member_id, postings=[posting], now=now)
    note = f"「{hit.season.name}」结算后退款 {hit.damage} 伤害：应收回 {wanted} 积分，收回 {taken}"
    with refusing_duplicates(TryAgain):
        BossClawback.objects.create(
            season=hit.season,
            member_id=hit.member_id,
            batch_id=hit.source_id,
            damage=hit.damage,
            wanted=wanted,
            taken=taken,
            note=note,
            created_at=now,
        )
    change = audit.Change("收回 Boss 奖励", "Member", hit.member_id, note, after={"wanted": wanted, "taken": taken})
    audit.record(change, actor=audit.SYSTEM, now=now)


def _ref_of(batch_id: int) -> str:
    return f"boss:{batch_id}"


def _unspent(hit: BossHit, now: datetime) -> int:
    points.hold_account(member_id=hit.member_id, now=now)  # so that it is still there when it is taken
    return spendable(hit.member_id) + _paid_off(hit)


def _paid_off(hit: BossHit) -> int:
    """Return how much debt the season's points paid off, less what earlier claw-backs of it made owed again."""
    mine: Mapping[str, Any] = {"season": hit.season, "member_id": hit.member_id}
    awards = BossAward.objects.filter(**mine, kind=RewardKind.POINTS).values_list("pk", flat=True)
    batches = BossClawback.objects.filter(**mine).values_list("batch_id", flat=True)
    off = _moved(hit, PointReason.DEBT, [f"{PointReason.BOSS_PRIZE}:{paying.ref_of(pk)}" for pk in awards])
    return -off - _moved(hit, PointReason.CLAWBACK, [_ref_of(pk) for pk in batches])


def _moved(hit: BossHit, reason: PointReason, refs: Sequence[str]) -> int:
    moves = debts_for(reason).filter(account__member_id=hit.member_id, ref__in=refs)
    return moves.aggregate(n=Sum("delta"))["n"] or 0


def _share_of(hit: BossHit) -> int:
    """Return the part of the points that the refunded part of the damage earned; refunding all of it asks for all."""
    mine = {"season": hit.season, "member_id": hit.member_id}
    given = BossAward.objects.filter(**mine, kind=RewardKind.POINTS).aggregate(n=Sum("points"))["n"] or 0
    before = BossClawback.objects.filter(**mine).aggregate(damage=Sum("damage"), wanted=Sum("wanted"))
    whole = BossPlayer.objects.get(**mine).damage
    refunded = min((before["damage"] or 0) + hit.damage, whole)
    return max(given * refunded // whole - (before["wanted"] or 0), 0)
