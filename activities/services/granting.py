"""Handing out what was drawn and taking it back: a class for each kind of prize, each grant once by its unique key."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from activities.enums import RewardKind
from activities.gameplay.base import Prize, Terms
from activities.services.prizes.base import SOURCE, PrizeKind, Winner, Won
from activities.services.prizes.bundles import Bundles
from activities.services.prizes.credits import Credits
from activities.services.prizes.goods import Goods
from activities.services.prizes.issued import Issued
from activities.services.prizes.nothing import Nothing

__all__ = ["SOURCE", "grant_all", "problems", "products_in", "take_back_all", "touches_accounts"]

# in the lock order: the member's account before the inventory
_ALL = (Credits(), Goods(), Bundles(), Issued(RewardKind.COUPON), Issued(RewardKind.WALLET), Nothing())
_KINDS: dict[str, PrizeKind] = {each.kind: each for each in _ALL}


def grant_all(*, member_id: int, batch_id: int, won: Won, now: datetime) -> dict[int, int]:
    """
    Grant every prize of a batch inside the caller's transaction; return the inventory id of each unit by its index.

    :raises IntegrityError: if one was granted before
    :raises AlreadyPosted: likewise for points
    """
    winner = Winner(member_id, batch_id)
    owned: dict[int, int] = {}
    for kind, mine in _by_kind(won):
        owned |= kind.grant(winner, mine, now=now)
    return owned


def take_back_all(*, member_id: int, batch_id: int, won: Won, now: datetime) -> None:
    """
    Take every prize of a batch back inside the caller's transaction; points that were spent are owed.

    :raises Conflict: if a unit was given away or shipped, or a coupon or credit was used
    """
    winner = Winner(member_id, batch_id)
    for kind, mine in _by_kind(won):
        kind.take_back(winner, mine, now=now)


def _by_kind(won: Won) -> Iterator[tuple[PrizeKind, Won]]:
    for name, kind in _KINDS.items():
        mine = [(index, prize) for index, prize in won if prize.kind == name]
        if mine:
            yield kind, mine


def problems(prizes: Sequence[Prize], *, price_fen: int | None) -> list[str]:
    """Return in Chinese why an issue of this cash price cannot promise these prizes."""
    return [text for prize in prizes for text in _problems_of(prize, price_fen)]


def _problems_of(prize: Prize, price_fen: int | None) -> list[str]:
    kind = _KINDS.get(prize.kind)
    return kind.problems(prize, price_fen=price_fen) if kind else []


def products_in(prize: Prize) -> list[tuple[int, int]]:
    """Return the products that one unit of a prize consists of, and how many of each."""
    return [(prize.product_id, 1)] if prize.product_id else list(prize.bundle)


def touches_accounts(terms: Terms) -> bool:
    """Tell whether a batch of these terms may post to the member's account, which is locked before the counter."""
    return any(prize.kind in _KINDS and _KINDS[prize.kind].touches_account for prize in terms.prizes)
