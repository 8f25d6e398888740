"""对对碰 by pairs: the highest tier that a session's pairs reach is its prize."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypedDict

from activities.gameplay import card_odds, limits
from activities.gameplay.base import DrawContext, Prize, Problem, Result
from activities.gameplay.card_session import Event, Session
from activities.gameplay.match_config import Setup
from activities.gameplay.match_variants import Odds, Variant, common_problems, name, sale_number
from blindbox.common.money import PPM, split


class Score(TypedDict, total=False):
    """What a session's row records: what a client shows, the tier that was reached, and what had run out of it."""

    events: Sequence[Event]
    pairs: int
    tier: int
    skipped: list[int]
    substituted_for: int  # only where something was skipped: the tier again


class ByPairs(Variant):
    """A reward's node is the least number of pairs that wins it; one without a node only replaces what ran out."""

    node_label = "最少对数"

    def problems(self, prizes: Sequence[Prize], setup: Setup) -> list[Problem]:
        found = common_problems(prizes) + limits.problems(prizes) + _tier_problems(prizes)
        return found or self._hopeless(prizes, setup)

    def _hopeless(self, prizes: Sequence[Prize], setup: Setup) -> list[Problem]:
        most = max(pairs for pairs, weight in card_odds.chances(setup.counts, setup.rules()).pairs.items() if weight)
        beyond = [prize for prize in prizes if (prize.node or 0) > most]
        if beyond:
            return [Problem(f"{name(p)}要 {p.node} 对，这样的一局最多 {most} 对") for p in beyond]
        shares = zip(prizes, split(PPM, self.odds(prizes, setup).weights), strict=True)
        never = [prize for prize, ppm in shares if prize.node is not None and not ppm]
        return [Problem(f"{name(p)}的概率不到百万分之一，等于抽不中") for p in never]

    def odds(self, prizes: Sequence[Prize], setup: Setup) -> Odds:
        met, reached = card_odds.chances(setup.counts, setup.rules()), Counter[int]()
        for pairs, weight in met.pairs.items():
            reached[tier_of(prizes, pairs).id] += weight
        return Odds([reached[prize.id] for prize in prizes], "exact" if met.is_exact else "simulated")

    def most_units(self, prizes: Sequence[Prize], setup: Setup) -> Mapping[int, int]:
        return {}

    def overall_ppm(self, prizes: Sequence[Prize], setup: Setup) -> Mapping[int, int]:
        return {prize.id: prize.odds_ppm or 0 for prize in prizes}

    def settle(self, context: DrawContext, sessions: Sequence[Session]) -> list[Result]:
        left, prizes = dict(context.facts.get(limits.LEFT, {})), context.terms.prize_by_id
        results = []
        for index, session in enumerate(sessions):
            tier = tier_of(context.terms.prizes, session.pairs).id
            given, skipped = limits.available(tier, left, prizes)
            if given in left:
                left[given] -= 1
            results.append(Result(given, sale_no=sale_number(context, index), detail=_told(session, tier, skipped)))
        return results


def _told(session: Session, tier: int, skipped: list[int]) -> Score:
    told = Score(events=session.events, pairs=session.pairs, tier=tier, skipped=skipped)
    return Score(**told, substituted_for=tier) if skipped else told


def tier_of(prizes: Sequence[Prize], pairs: int) -> Prize:
    """Return the highest tier that so many pairs reach."""
    reached = [prize for prize in prizes if prize.node is not None and prize.node <= pairs]
    return max(reached, key=lambda prize: prize.node or 0)


def _tier_problems(prizes: Sequence[Prize]) -> list[Problem]:
    nodes = Counter(prize.node for prize in prizes if prize.node is not None)
    found = [] if 0 in nodes else [Problem("要有一个最少 0 对就能得的奖品：每一局都要有奖品")]
    found += [Problem(f"最少 {node} 对的奖品有 {n} 个，只能有一个") for node, n in sorted(nodes.items()) if n > 1]
    replacing = {prize.substitute_id for prize in prizes}
    idle = [prize for prize in prizes if prize.node is None and prize.id not in replacing]
    return found + [Problem(f"{name(prize)}要填最少对数，或者作为别的奖品售罄后的替换") for prize in idle]
