"""对对碰 where the cards are the goods: a member keeps every card that a session deals."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypedDict

from activities.gameplay import card_odds
from activities.gameplay.base import DrawContext, Prize, Problem, Result
from activities.gameplay.card_session import Event, Session
from activities.gameplay.match_config import Setup
from activities.gameplay.match_variants import Odds, Variant, common_problems, name, sale_number
from blindbox.common.money import PPM


class Show(TypedDict):
    """What a session's own row records."""

    events: Sequence[Event]
    pairs: int


class Dealt(TypedDict):
    """What the row of a further card records: which of the session's cards it is, the first being 1."""

    card: int


class CardsAreGoods(Variant):
    """
    A reward's node is the type of the card that it is. The first card is the session's own result, the others come on
    top of it. A pair, a lucky card and an opening hand all different bring more cards, of whatever type they are.
    """

    node_label = "牌号"

    def problems(self, prizes: Sequence[Prize], setup: Setup) -> list[Problem]:
        found = common_problems(prizes)
        found += [Problem(f"{name(p)}翻到就要给，没有替换奖品") for p in prizes if p.substitute_id is not None]
        return found + _type_problems(prizes, setup) + self._too_few(prizes, setup)

    def _too_few(self, prizes: Sequence[Prize], setup: Setup) -> list[Problem]:
        most = self.most_units(prizes, setup)
        few = [prize for prize in prizes if prize.quantity and prize.quantity < most.get(prize.id, 1)]
        return [Problem(f"{name(p)}一局最多翻到 {most[p.id]} 张，数量只有 {p.quantity}，一局也不能卖") for p in few]

    def odds(self, prizes: Sequence[Prize], setup: Setup) -> Odds:
        """Any card that is dealt is of a type as often as the deck holds it."""
        count_of = dict(setup.counts)
        return Odds([count_of[prize.node or 0] for prize in prizes], "exact")

    def most_units(self, prizes: Sequence[Prize], setup: Setup) -> Mapping[int, int]:
        """In the worst case a session deals every card of a type."""
        count_of = dict(setup.counts)
        return {prize.id: count_of.get(prize.node or 0, 1) for prize in prizes}

    def overall_ppm(self, prizes: Sequence[Prize], setup: Setup) -> Mapping[int, int]:
        """Count with the choice that brings the most cards."""
        met = card_odds.chances(setup.counts, setup.rules(next(iter(setup.lucky_types), None)))
        return {prize.id: met.cards.get(prize.node or 0, 0) * PPM // met.whole for prize in prizes}

    def settle(self, context: DrawContext, sessions: Sequence[Session]) -> list[Result]:
        reward_of = {prize.node: prize.id for prize in context.terms.prizes}
        own = [
            Result(
                reward_of[session.cards[0]],
                sale_no=sale_number(context, index),
                detail=Show(events=session.events, pairs=session.pairs),
            )
            for index, session in enumerate(sessions)
        ]
        further = [
            Result(reward_of[kind], bonus_of=index, detail=Dealt(card=number))
            for index, session in enumerate(sessions)
            for number, kind in enumerate(session.cards[1:], start=2)
        ]
        return own + further


def _type_problems(prizes: Sequence[Prize], setup: Setup) -> list[Problem]:
    given = Counter(prize.node for prize in prizes)
    known = {card.type for card in setup.cards}
    found = [Problem(f"{name(p)}要填牌号，牌组里没有 {p.node} 号牌") for p in prizes if p.node not in known]
    cards = [(card, given[card.type]) for card in setup.cards]
    found += [Problem(f"{card.type} 号牌「{card.name}」没有对应的奖品") for card, n in cards if not n]
    return found + [Problem(f"{card.type} 号牌「{card.name}」对应了 {n} 个奖品") for card, n in cards if n > 1]
