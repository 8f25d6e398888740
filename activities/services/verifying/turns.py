"""What ties a batch of a day's secret to its day, its player and its place in the player's own sequence."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from accounts import selectors as accounts
from activities.models import DrawBatch, DrawPlayer, Issue
from activities.services.batches import Turn
from activities.services.verifying.batches import DRAWN, drawn_and_paid
from activities.services.verifying.log import day_secret
from blindbox.common import fairness
from blindbox.common.business_day import business_day


@dataclass(frozen=True)
class Dealt:
    """A batch whose day, player and number hold; what it drew is still to be checked."""

    batch: DrawBatch
    turn: Turn
    secret: bytes


def of_days(issue: Issue) -> Iterator[str | Dealt]:
    """Yield each batch with its turn, or what is wrong with that."""
    secrets, fair_refs = cache(day_secret), cache(accounts.fair_ref_of)
    for batch, paid_at in drawn_and_paid(issue):
        wrong = problem(batch, paid_at, fairness.player_tag(issue.pk, fair_refs(batch.member_id)))
        secret = None if wrong or batch.day is None else secrets(batch.day)
        if wrong:
            yield wrong
        elif secret is None or batch.first_seq is None:
            yield f"批次 {batch.pk}：没有 {batch.day} 的密钥或没有抽取序号"
        else:
            yield Dealt(batch, Turn(batch.day, batch.first_seq, batch.player), secret)


def problem(batch: DrawBatch, paid_at: datetime | None, player: str) -> str | None:
    """Return what is wrong with a batch's day or the name of its player."""
    if batch.day is None or paid_at is None or business_day(paid_at) != batch.day:
        return f"批次 {batch.pk}：业务日不是支付当日"
    return None if batch.player == player else f"批次 {batch.pk}：玩家标识不符"


def contiguous(issue: Issue) -> Iterator[str]:
    """Yield the players whose numbers are not 0, 1, 2 … without gap, as many as were drawn."""
    taken: dict[int, list[tuple[int, int]]] = {}
    ranges = DrawBatch.objects.filter(issue=issue, status__in=DRAWN).order_by("first_seq")
    for member_id, first, count in ranges.values_list("member_id", "first_seq", "count"):
        taken.setdefault(member_id, []).append((first or 0, count))
    counted = dict(DrawPlayer.objects.filter(issue=issue).values_list("member_id", "next_seq"))
    for member_id in sorted(taken.keys() | counted.keys()):
        reached = 0
        for first, count in taken.get(member_id, []):
            reached = reached + count if first == reached else -1
        if reached != counted.get(member_id):
            yield f"期次 {issue.pk} 用户 {member_id}：抽取序号不连续"
