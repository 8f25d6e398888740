"""
Stock of limited prizes that are won by chance, inside the transaction that sells.

The counter row is taken first by whoever sells, so that what is read here afterwards stays true until commit. Its
`cap_left` says how many draws can be served in the worst case; the sale is refused beyond that (docs/fairness.md).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from activities.gameplay import limits
from activities.gameplay.base import Terms
from activities.models import IssueCounter, RewardStock
from blindbox.common import sql
from blindbox.common.retry import TryAgain

_TABLE = RewardStock._meta.db_table
_CAP = f"UPDATE {IssueCounter._meta.db_table} SET cap_left = %s WHERE issue_id = %s"
_SHELF = (
    f"SELECT c.sold, s.reward_id, s.released - s.given FROM {IssueCounter._meta.db_table} c, {_TABLE} s "
    "WHERE c.issue_id = %s AND s.reward_id IN "
)
ONE: Mapping[int, int] = {}  # a draw yields at most one unit of any prize


@dataclass(frozen=True)
class Shelf:
    """What a batch meets: its numbers in the order of sale, and what is left of each limited prize before it."""

    sale_numbers: Sequence[int] = ()
    left: Mapping[int, int] = field(default_factory=dict)


NOTHING_LIMITED = Shelf()


def lay_out(promised: Terms, most: Mapping[int, int] = ONE) -> None:
    """Put the limited prizes of an issue that opens into stock; `most` is what one draw may yield of each."""
    stocked = {prize.id: prize.quantity or 0 for prize in limits.limited(promised.prizes)}
    rows = [RewardStock(reward_id=pk, total=n, released=n) for pk, n in stocked.items()]
    RewardStock.objects.bulk_create(rows)
    IssueCounter.objects.filter(pk=promised.issue_id).update(cap_left=draws_served(promised, stocked, most))


def draws_served(promised: Terms, left: Mapping[int, int], most: Mapping[int, int] = ONE) -> int | None:
    """Return how many draws these units serve whatever they yield; None if nothing bounds them."""
    bounding = limits.bounding(promised.prizes)
    return min((left[prize.id] // most.get(prize.id, 1) for prize in bounding), default=None)


def left_of(promised: Terms) -> dict[int, int]:
    """Return what is left of each limited prize, with one query, or none where nothing is limited."""
    ids = [prize.id for prize in limits.limited(promised.prizes)]
    if not ids:
        return {}
    marks = ", ".join(["%s"] * len(ids))
    return dict(sql.rows(f"SELECT reward_id, released - given FROM {_TABLE} WHERE reward_id IN ({marks})", ids))


def shelf_of(promised: Terms, count: int) -> Shelf:
    """Return what a batch that was just sold meets; where nothing is limited no number is needed and none is asked."""
    ids = [prize.id for prize in limits.limited(promised.prizes)]
    if not ids:
        return NOTHING_LIMITED
    rows = sql.rows(f"{_SHELF}({', '.join(['%s'] * len(ids))})", [promised.issue_id, *ids])
    sold = rows[0][0]
    return Shelf(range(sold - count + 1, sold + 1), {reward_id: left for _, reward_id, left in rows})


def give(promised: Terms, yielded: Iterable[int], left: Mapping[int, int], most: Mapping[int, int] = ONE) -> None:
    """
    Take the limited ones among these prizes out of stock; `left` is what there was before.

    :raises TryAgain: if somebody took a unit past the counter; the unit of work rolls back and looks again
    """
    taken = Counter(reward_id for reward_id in yielded if reward_id in left)
    if not taken:
        return
    take(taken)
    after = {reward_id: n - taken[reward_id] for reward_id, n in left.items()}
    cap = draws_served(promised, after, most)
    if cap is not None:
        sql.execute(_CAP, [cap, promised.issue_id])


def take(taken: Mapping[int, int]) -> None:
    """
    Take units out of stock with one statement.

    :raises TryAgain: if fewer are there than somebody read; the unit of work rolls back and looks again
    """
    wanted = sorted(taken.items())
    cases = " ".join(["WHEN %s THEN %s"] * len(wanted))
    fits = " OR ".join(["(reward_id = %s AND given + %s <= released)"] * len(wanted))
    statement = f"UPDATE {_TABLE} SET given = given + CASE reward_id {cases} END WHERE {fits}"
    if sql.execute(statement, [*chain.from_iterable(wanted)] * 2) != len(wanted):
        raise TryAgain
