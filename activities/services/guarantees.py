"""A member's guarantee: how far it has come, and what a refund takes out of it again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet

from activities import selectors
from activities.gameplay import guarantee
from activities.gameplay.base import Prize, Terms
from activities.gameplay.guarantee import Guarantee
from activities.models import DrawBatch, DrawLog, DrawPlayer
from blindbox.common.money import PPM, split

Misses = dict[str, Any]  # as the operation log shows them


@dataclass(frozen=True)
class Standing:
    """A guarantee as somebody stands to it; a guest has made no draws to count."""

    rule: Guarantee
    misses: int | None

    @property
    def remaining(self) -> int | None:
        """Within how many further draws it is met for certain."""
        return None if self.misses is None else max(1, self.rule.within - self.misses)

    def next_odds(self, prizes: Sequence[Prize]) -> Mapping[int, int]:
        """Return the odds of the next draw where the guarantee decides it: all of them among its own prizes."""
        if self.misses is None or not self.rule.is_due(self.misses):
            return {}
        table = self.rule.table(prizes)
        shares = dict(zip((reward_id for reward_id, _ in table), split(PPM, [ppm for _, ppm in table]), strict=True))
        return {prize.id: shares.get(prize.id, 0) for prize in prizes}


def standings(issues: Sequence[Terms], member_id: int | None) -> dict[int, Standing]:
    """Return how somebody stands to the guarantee of each issue that has one, with one query for all."""
    rules = {each.issue_id: rule for each in issues if (rule := guarantee.of(each.config)) is not None}
    if not rules or member_id is None:
        return {issue_id: Standing(rule, None) for issue_id, rule in rules.items()}
    misses = selectors.guarantee_misses(list(rules), member_id)
    return {issue_id: Standing(rule, misses.get(issue_id, 0)) for issue_id, rule in rules.items()}


def hold(batch: DrawBatch, promised: Terms) -> None:
    """Take the player's row before a refund takes hotter ones, where a guarantee counts (lock order)."""
    if guarantee.of(promised.config) is not None:
        take(DrawPlayer.objects.filter(issue_id=batch.issue_id, member_id=batch.member_id))


def roll_back(batch: DrawBatch, promised: Terms) -> tuple[Misses, Misses]:
    """
    Count the draws of a refunded batch out, inside the refund's transaction; return what was before and after.

    Proofs that were given keep what they said: the batch remembers before which number it was refunded.
    """
    rule = guarantee.of(promised.config)
    if rule is None:
        return {}, {}
    mine = DrawPlayer.objects.filter(issue_id=batch.issue_id, member_id=batch.member_id)
    next_seq, before = take(mine)
    DrawBatch.objects.filter(pk=batch.pk).update(refund_seq=next_seq)
    after = counted(rule, promised, issue_id=batch.issue_id, member_id=batch.member_id)
    mine.update(misses=after)
    return {"guarantee_misses": before}, {"guarantee_misses": after}


def take(mine: "QuerySet[DrawPlayer]") -> tuple[int, int]:
    """Take a player's row, so that nobody draws or refunds for them meanwhile; return next number and misses."""
    mine.update(misses=F("misses"))
    return mine.values_list("next_seq", "misses").get()


def counted(rule: Guarantee, promised: Terms, *, issue_id: int, member_id: int) -> int:
    """Return a member's draws since the last hit, refunded ones left out."""
    mine = DrawLog.objects.filter(batch__issue_id=issue_id, batch__member_id=member_id, is_bonus=False, refunded=False)
    latest = mine.order_by("-batch__first_seq", "-idx").values_list("reward_id", flat=True)
    misses = 0
    for reward_id in latest.iterator():
        if rule.meets(promised.prize_by_id[reward_id]):
            break
        misses += 1
    return misses
