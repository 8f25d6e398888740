"""A box as a grid of numbers: which are free, held or sold, and what was behind those that were opened."""

from collections.abc import Mapping
from dataclasses import dataclass

from activities.enums import TicketState
from activities.errors import NoTickets
from activities.gameplay.base import Prize, Terms
from activities.models import DrawLog, IssueTicket


@dataclass(frozen=True)
class Number:
    """One number: whose it is only its own member learns."""

    ticket_no: int
    state: TicketState
    prize: Prize | None = None
    is_mine: bool = False


Found = tuple[int, int | None, int | None]  # number, whose, what was behind it


def page(promised: Terms, *, first: int, last: int, member_id: int | None) -> list[Number]:
    """
    Return the numbers from first to last; one query, whatever the box holds.

    :raises NoTickets: if the issue is no box
    """
    require_box(promised)
    known = {number: (owner, reward_id) for number, owner, reward_id in _known(promised, first, last)}
    wanted = range(first, min(last, promised.total or 0) + 1)
    return [_number(promised, number, known.get(number), member_id) for number in wanted]


def states(promised: Terms) -> str:
    """Return the whole box in one word, a digit each number: 0 free, 1 held, 2 sold."""
    require_box(promised)
    total = promised.total or 0
    digits = ["0"] * total
    for number, _, reward_id in _known(promised, 1, total):
        digits[number - 1] = "1" if reward_id is None else "2"
    return "".join(digits)


def require_box(promised: Terms) -> None:
    """:raises NoTickets: if the issue is no box"""
    if promised.total is None:
        raise NoTickets


def _known(promised: Terms, first: int, last: int) -> list[Found]:
    """Return the numbers that are not free. Where they are dealt in order, none is held by itself."""
    if promised.picks_numbers:
        tickets = IssueTicket.objects.filter(issue_id=promised.issue_id, batch__isnull=False)
        picked = tickets.filter(ticket_no__range=(first, last))
        return list(picked.values_list("ticket_no", "batch__member_id", "reward_id"))
    sold = DrawLog.objects.filter(issue_id=promised.issue_id, sale_no__range=(first, last))
    rows = sold.values_list("ticket_no", "member_id", "reward_id")
    return [(number or 0, owner, reward_id) for number, owner, reward_id in rows]


def _number(promised: Terms, number: int, known: tuple[int | None, int | None] | None, member_id: int | None) -> Number:
    if known is None:
        return Number(number, TicketState.FREE)
    owner, reward_id = known
    prizes: Mapping[int, Prize] = promised.prize_by_id
    mine = owner is not None and owner == member_id
    if reward_id is None:
        return Number(number, TicketState.HELD, is_mine=mine)
    return Number(number, TicketState.SOLD, prizes[reward_id], mine)
