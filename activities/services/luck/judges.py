"""What each draw of an issue brought above its mean, by member: one judge for each kind of randomness."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate

from activities import selectors
from activities.gameplay.base import Terms
from activities.models import DrawLog
from activities.services.luck.tally import Outlook, Tally, outlook
from activities.services.worth import value_of_prize

Tallies = dict[int, Tally]
AT_ONCE = 5_000


def of_issue(promised: Terms) -> Tallies:
    """Return the tally of every member who drew from an issue; empty where nobody knows yet how to judge it."""
    judge = _JUDGES.get(promised.allocator)
    return dict(judge(promised)) if judge else {}


def _values(promised: Terms) -> dict[int, int]:
    return {prize.id: value_of_prize(prize) for prize in promised.prizes}


def _by_odds(promised: Terms, met: Callable[[int, int], Iterator[tuple[int, int]]]) -> Tallies:
    """Judge draws that all meet the same odds; `met` says which prize each member's draw met."""
    values = _values(promised)
    before = outlook((values[prize.id], prize.odds_ppm or 0) for prize in promised.prizes)
    tallies: Tallies = defaultdict(Tally)
    counted = Counter(met(promised.issue_id, AT_ONCE))
    for (member_id, reward_id), times in counted.items():
        tallies[member_id].add(values[reward_id], before, times=times)
    return tallies


def _weighted(promised: Terms) -> Tallies:
    """The roll alone is chance: what a guarantee or a substitute makes of it is not."""
    ends = list(accumulate(prize.odds_ppm or 0 for prize in promised.prizes))

    def met(issue_id: int, size: int) -> Iterator[tuple[int, int]]:
        rolls = selectors.own_draws(issue_id).exclude(roll=None).values_list("member_id", "roll")
        for member_id, roll in rolls.iterator(chunk_size=size):
            yield member_id, promised.prizes[bisect_right(ends, roll or 0)].id

    return _by_odds(promised, met)


def _pairs(promised: Terms) -> Tallies:
    """The tier that a session reached, or its first card; what replaced a tier that ran out is not chance."""

    def met(issue_id: int, size: int) -> Iterator[tuple[int, int]]:
        own = selectors.own_draws(issue_id).values_list("member_id", "reward_id", "detail__substituted_for")
        for member_id, reward_id, replaced in own.iterator(chunk_size=size):
            yield member_id, replaced or reward_id

    return _by_odds(promised, met)


@dataclass(frozen=True)
class _Sale:
    """One sold ticket: whose, and what it held, its extras last."""

    member_id: int
    reward_id: int
    extras: tuple[int, ...]


def _sales(issue_id: int) -> Iterator[_Sale]:
    """Yield an issue's tickets in the order of their sale."""
    logs = DrawLog.objects.filter(issue_id=issue_id)
    extras: dict[tuple[int, int], list[int]] = defaultdict(list)
    for batch_id, index, reward_id in logs.filter(is_bonus=True).values_list("batch_id", "bonus_of", "reward_id"):
        extras[batch_id, index or 0].append(reward_id)
    own = logs.filter(is_bonus=False).order_by("sale_no").values_list("batch_id", "idx", "member_id", "reward_id")
    for batch_id, index, member_id, reward_id in own.iterator(chunk_size=AT_ONCE):
        yield _Sale(member_id, reward_id, tuple(extras[batch_id, index]))


def _deck(promised: Terms) -> Tallies:
    """Each ticket against what was left in the box, as anybody could have counted it before."""
    box, tallies = _Box(promised), defaultdict[int, Tally](Tally)
    for number, sale in enumerate(_sales(promised.issue_id), start=1):
        before = box.before(number)
        tallies[sale.member_id].add(box.take(sale), before)
    return tallies


class _Box:
    """What is left of a box as it is sold: tickets, and the extras whose place nobody knows."""

    def __init__(self, promised: Terms) -> None:
        self._values = _values(promised)
        self._tickets = Counter({p.id: p.quantity or 0 for p in promised.prizes if p.position == "ticket"})
        self._hidden = Counter({p.id: p.quantity or 0 for p in promised.prizes if p.position in ("first", "global")})
        total = promised.total or 0
        self._span: Mapping[int, int] = {
            p.id: total // 2 if p.position == "first" else total for p in promised.prizes if p.id in self._hidden
        }

    def before(self, number: int) -> Outlook:
        """Return what the sale of this number could bring."""
        ticket = outlook((self._values[pk], n) for pk, n in self._tickets.items())
        mean, variance, most = ticket.mean, ticket.variance, ticket.most
        for pk, n in self._hidden.items():
            if n and number <= self._span[pk]:
                chance, value = 1 / (self._span[pk] - number + 1), self._values[pk]
                mean += n * chance * value
                variance += n * chance * (1 - chance) * value**2
                most += n * value
        return Outlook(mean, variance, most)

    def take(self, sale: _Sale) -> int:
        """Take a ticket with its extras out of the box, and return what they were worth to chance."""
        self._tickets[sale.reward_id] -= 1
        found = [pk for pk in sale.extras if pk in self._hidden]
        self._hidden.subtract(found)
        return self._values[sale.reward_id] + sum(self._values[pk] for pk in found)


_JUDGES: Mapping[str, Callable[[Terms], Tallies]] = {"deck": _deck, "pairs": _pairs, "weighted": _weighted}
