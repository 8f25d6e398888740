"""How far a player's guarantee had come when a draw met it."""

from collections import defaultdict
from itertools import groupby

from activities.gameplay import guarantee
from activities.gameplay.base import Terms
from activities.gameplay.guarantee import Drawn, Guarantee
from activities.models import DrawLog, Issue
from activities.services.verifying.batches import DRAWN

_COLUMNS = ("batch__member_id", "batch__first_seq", "batch__refund_seq", "reward_id")


class Players:
    """The guaranteed draws of an issue by member, in the order of their numbers."""

    def __init__(self, issue: Issue, promised: Terms) -> None:
        self.rule: Guarantee | None = guarantee.of(promised.config)
        self.drawn: dict[int, list[Drawn]] = defaultdict(list)
        if self.rule is not None:
            self._read(issue, promised)

    def _read(self, issue: Issue, promised: Terms) -> None:
        logs = DrawLog.objects.filter(issue=issue, is_bonus=False, batch__status__in=DRAWN)
        rows = logs.order_by("batch__member_id", "batch__first_seq", "idx").values_list(*_COLUMNS)
        for (member_id, first_seq, refund_seq), some in groupby(rows.iterator(), key=lambda row: row[:3]):
            prizes = [promised.prize_by_id[row[3]] for row in some if row[3] in promised.prize_by_id]
            self.drawn[member_id].append(Drawn(first_seq or 0, prizes, refund_seq))

    def misses_of(self, member_id: int, seq: int) -> int:
        """Return the draws since the last hit when a member's number was taken."""
        return 0 if self.rule is None else guarantee.misses_at(self.rule, seq, self.drawn[member_id])
