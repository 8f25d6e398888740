"""What draws by the secrets of days have in common: how they are committed to, and a player's own numbers."""

from abc import ABC
from datetime import datetime

from activities.gameplay.base import Terms
from activities.models import Issue
from activities.services import commitments, rolls
from activities.services.allocators.base import Allocator
from activities.services.batches import Turn
from blindbox.common.business_day import business_day


def commit_terms(issue: Issue, *, now: datetime) -> tuple[str, str]:
    """Bind the terms; the secrets are the days'. A shop's first day is committed before its first sale."""
    commitments.commit_day(day=business_day(now), now=now)
    commitments.publish(commitments.issue_subject(issue.pk), issue.terms_hash, now=now)
    return "", issue.terms_hash


class Daily(Allocator, ABC):
    """Day and nonce are fixed before a result follows from them; so is the number in the player's own sequence."""

    def commit(self, issue: Issue, promised: Terms, *, now: datetime) -> tuple[str, str]:
        return commit_terms(issue, now=now)

    def take_turn(
        self, promised: Terms, member_id: int, count: int, *, paid_at: datetime, fair_ref: str | None = None
    ) -> Turn:
        return rolls.take(issue_id=promised.issue_id, member_id=member_id, count=count, paid_at=paid_at)
