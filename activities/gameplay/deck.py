"""
A box of finite tickets: the rule that 一番赏, 扭蛋, 福袋 and 洞洞乐 share.

Settlement hands out the next sale numbers of a deck that was committed at opening. Where members pick their numbers,
the number is the place in the deck; the extras follow the sale in either case (docs/fairness.md).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from activities.gameplay import deck_config
from activities.gameplay.base import DrawContext, Gameplay, Prize, Problem, Result
from blindbox.common.fairness import repdigits_to

TICKET = "ticket"
LARGEST_BOX = 100_000
LARGEST_TO_PICK_FROM = 10_000  # a grid of more numbers is nothing to pick from
MOST_AT_ONE_TICKET = 100  # the last ticket may bring all of them in one request
MOST_EXTRAS = 20_000
ONE_A_TICKET = ("every", "repdigit")  # each of their units comes with a ticket of its own


class DeckPlay(Gameplay):
    """Every ticket is dealt once; extra prizes come on top of a ticket's own."""

    algorithm = "deck/1"
    reward_columns: ClassVar[Sequence[str]] = ("quantity", "position", "position_n")
    may_pick: ClassVar[bool] = True  # whether an operator may let members pick their numbers

    def problems(self, prizes: Sequence[Prize], config: Mapping[str, Any]) -> list[Problem]:
        found = [Problem(f"{named(p)}要填数量") for p in prizes if not p.quantity]
        found += [Problem(f"{named(p)}按数量出奖，不填概率") for p in prizes if p.odds_ppm is not None]
        total = self.total(prizes) or 0
        found += _size_problems(total, pick=bool(config.get("pick_number")))
        found += [problem for p in prizes for problem in _position_problems(p, total)]
        return [*found, *_extras_problems(prizes)]

    def total(self, prizes: Sequence[Prize]) -> int | None:
        return sum(p.quantity or 0 for p in prizes if p.position == TICKET)

    def endgame(self, prizes: Sequence[Prize], *, largest_order: int) -> int:
        total = self.total(prizes) or 0
        if not any(_comes_with_the_last(p, total) for p in prizes):
            return 0
        five_percent = -(-total * 5 // 100)
        return max(largest_order, five_percent)

    def options(self, config: Mapping[str, Any]) -> frozenset[str]:
        offered = {"ticket_nos"} if config.get("pick_number") else set()
        return frozenset(offered if config.get("buy_out") is False else {*offered, "buy_out"})

    def parse_config(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        return deck_config.read(raw, may_pick=self.may_pick)

    def draw(self, context: DrawContext) -> list[Result]:
        tickets = context.tickets or context.positions
        sold = list(zip(context.positions, tickets, strict=True))
        own = [Result(context.deck[ticket - 1], sale_no=sale, ticket_no=ticket) for sale, ticket in sold]
        bonuses = [
            Result(reward_id, ticket_no=ticket, bonus_of=index)
            for index, (sale, ticket) in enumerate(sold)
            for reward_id in context.bonus_at.get(sale, ())
        ]
        return own + bonuses


def named(prize: Prize) -> str:
    return f"「{prize.level} {prize.name}」"


def _comes_with_the_last(prize: Prize, total: int) -> bool:
    """Tell whether a prize is known to come with the last ticket, so that waiting for it could pay."""
    n = prize.position_n or total + 1
    ends = {"last": True, "nth": n == total, "every": total % n == 0, "repdigit": _is_repdigit(total)}
    return ends.get(prize.position, False)


def _is_repdigit(number: int) -> bool:
    return repdigits_to(number) > repdigits_to(number - 1)


def _size_problems(total: int, *, pick: bool) -> Iterator[Problem]:
    if not total:
        yield Problem("至少要有一种普通位置的奖品")
    if total > LARGEST_BOX:
        yield Problem(f"一箱最多 {LARGEST_BOX} 抽，现为 {total}")
    elif pick and total > LARGEST_TO_PICK_FROM:
        yield Problem(f"选号的箱最多 {LARGEST_TO_PICK_FROM} 抽，现为 {total}")


def _position_problems(prize: Prize, total: int) -> Iterator[Problem]:
    n = prize.position_n or 0
    if prize.position == "first" and total < 2:
        yield Problem("有前半赏的箱至少要 2 抽")
    if prize.position == "repdigit":
        yield from _quantity_problems(prize, "每个豹子号一件", total, repdigits_to(total))
    if prize.position not in ("nth", "every"):
        return
    if not 1 <= n <= total:
        yield Problem(f"{named(prize)}的 N 要在 1 到总抽数 {total} 之间，现为 {n}")
        return
    if prize.position == "every":
        yield from _quantity_problems(prize, f"每 {n} 抽一件", total, total // n)


def _quantity_problems(prize: Prize, rule: str, total: int, due: int) -> Iterator[Problem]:
    if prize.quantity and prize.quantity != due:
        yield Problem(f"{named(prize)}{rule}，{total} 抽正好 {due} 件，数量现为 {prize.quantity}")


def _extras_problems(prizes: Sequence[Prize]) -> Iterator[Problem]:
    extras = [(p.position, p.quantity or 0) for p in prizes if p.position != TICKET]
    total = sum(quantity for _, quantity in extras)
    if total > MOST_EXTRAS:
        yield Problem(f"附加奖一共最多 {MOST_EXTRAS} 件，现为 {total}")
    together = sum(1 if position in ONE_A_TICKET else quantity for position, quantity in extras)
    if together > MOST_AT_ONE_TICKET:
        yield Problem(f"一张票最多带 {MOST_AT_ONE_TICKET} 件附加奖，现在最多可能有 {together} 件")
