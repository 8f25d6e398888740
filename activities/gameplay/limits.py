"""Limited prizes that are won by chance: what takes the place of one that ran out, and which of them bound a sale."""

from collections.abc import Mapping, Sequence

from activities.gameplay.base import Prize, Problem

LEFT = "left"  # among the facts of a context: what is left of each limited prize


class NothingLeft(RuntimeError):
    """A limited prize was won that is gone and has no substitute; the guard of the sale should have refused."""


def limited(prizes: Sequence[Prize]) -> list[Prize]:
    return [prize for prize in prizes if prize.quantity is not None]


def bounding(prizes: Sequence[Prize]) -> list[Prize]:
    """Return the limited prizes that nothing replaces: the sale pauses before one of them could be missing."""
    return [prize for prize in limited(prizes) if prize.substitute_id is None]


def available(prize_id: int, left: Mapping[int, int], prizes: Mapping[int, Prize]) -> tuple[int, list[int]]:
    """
    Return what to give where this prize was won, and what had run out on the way to it. `left` has the limited ones.

    :raises NothingLeft: if nothing takes the place of one that ran out
    """
    gone: list[int] = []
    while left.get(prize_id, 1) < 1:
        substitute_id = prizes[prize_id].substitute_id
        if substitute_id is None or prize_id in gone:
            raise NothingLeft(prize_id)
        gone.append(prize_id)
        prize_id = substitute_id
    return prize_id, gone


def problems(prizes: Sequence[Prize]) -> list[Problem]:
    """Return why what replaces a prize that runs out may not: it is worth less, or leads in a circle."""
    by_id = {prize.id: prize for prize in prizes}
    replaced = [(prize, by_id.get(prize.substitute_id)) for prize in prizes if prize.substitute_id is not None]
    return [text for prize, substitute in replaced for text in _problems(prize, substitute, by_id)]


def _problems(prize: Prize, substitute: Prize | None, by_id: Mapping[int, Prize]) -> list[Problem]:
    name = f"「{prize.level} {prize.name}」"
    if substitute is None:
        return [Problem(f"{name}的替换奖品不在本期")]
    found = [Problem(f"{name}不限量，不需要替换奖品")] if prize.quantity is None else []
    if substitute.reference_value_fen < prize.reference_value_fen:
        found.append(Problem(f"{name}的替换奖品参考价更低：替换的奖品必须同值或更高"))
    if _circles(prize, by_id):
        found.append(Problem(f"{name}的替换奖品绕了一圈又回到自己"))
    return found


def _circles(prize: Prize, by_id: Mapping[int, Prize]) -> bool:
    seen: set[int] = set()
    at: Prize | None = prize
    while at is not None and at.substitute_id is not None:
        if at.id in seen:
            return True
        seen.add(at.id)
        at = by_id.get(at.substitute_id)
    return False
