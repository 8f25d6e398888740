"""Proofs of sessions of cards, by pairs and where cards are goods, from known secrets and the real rules."""

from typing import Any

from activities.gameplay import registry
from activities.gameplay.base import DrawContext, Prize, Result, Terms
from blindbox.common import fairness
from tests.factories import proofs
from tests.factories.activities import NOW
from tests.factories.proofs import DAY, DAY_SECRET, NONCE, PLAYER, Proof

CARDS = [{"type": kind, "name": name, "count": 4} for kind, name in enumerate("鲸鲨龟蟹")]
SCORE: dict[str, Any] = {"variant": "score", "cards": CARDS, "hand": 4, "gain": 1}
GOODS: dict[str, Any] = {"variant": "goods", "cards": CARDS, "hand": 3, "gain": 1, "lucky_gain": 1, "different_gain": 1}
TIERS: list[dict[str, Any]] = [
    {"id": 501, "level": "A", "name": "手办", "node": 3, "quantity": 2, "substitute_id": 504},
    {"id": 502, "level": "B", "name": "毛巾", "node": 2},
    {"id": 503, "level": "C", "name": "徽章", "node": 0},
    {"id": 504, "level": "S", "name": "大奖"},
]
KINDS = [{"id": 600 + card["type"], "level": "卡", "name": card["name"], "node": card["type"]} for card in CARDS]
SOLD, CHOICE = 60, "2"
_OWN = {"kind": "points", "position": "ticket", "reference_value_fen": 100}


class Issue:
    """An issue, opened by its own play, and sixty sessions of one player."""

    def __init__(self, config: dict[str, Any], rewards: list[dict[str, Any]], choice: str) -> None:
        play = registry.get("match")
        drafted = [Prize(**{**_OWN, "quantity": None, "odds_ppm": None, **each}) for each in rewards]
        prizes, self.config = play.publish(drafted, config)
        self.choice = choice
        self.rewards = [{**each, "odds_ppm": p.odds_ppm} for each, p in zip(rewards, prizes, strict=True)]
        facts = {"algorithm": "pairs/1", "config": self.config, "issue_id": 22, "rewards": self.rewards}
        self.terms = fairness.terms_text(facts)
        self.results = play.draw(self._context(prizes))

    def _context(self, prizes: Any) -> DrawContext:
        promised = Terms(
            issue_id=22, activity_id=1, title="", gameplay="match", algorithm="pairs/1", price_fen=1, price_points=1,
            bundle_prices={}, total=None, endgame=0, hold_seconds=180, largest_order=10, starts_at=NOW, ends_at=None,
            prizes=prizes, config=self.config, prize_by_id={prize.id: prize for prize in prizes},
        )  # fmt: skip
        left = {prize.id: prize.quantity for prize in prizes if prize.quantity is not None}
        streams = [fairness.pairs_stream(DAY_SECRET, DAY, 22, PLAYER, seq, NONCE) for seq in range(SOLD)]
        positions = range(1, SOLD + 1) if left else ()
        return DrawContext(
            promised, SOLD, positions=positions, streams=streams, choice=self.choice, facts={"left": left}
        )

    def draw(self, index: int, *, revealed: bool = True) -> Proof:
        """What the route of a result answers."""
        result = self.results[index]
        own = self._own(result, index)
        base, told = proofs.weighted_draw(own, revealed=revealed), dict(self.results[own].detail or {})
        listed = self._listed(index)
        return {
            **base,
            "algorithm": "pairs/1",
            "draw": {**base["draw"], **{name: listed[name] for name in base["draw"] if name in listed}},
            "issue": proofs.weighted_issue(self.terms),
            "choice": self.choice or None,
            "table": [[each["id"], each["odds_ppm"]] for each in self.rewards],
            "roll": None,
            "purpose": None,
            "play": told,
            "card": (result.detail or {}).get("card"),
            "substituted_for": told.get("substituted_for"),
        }

    def whole(self) -> Proof:
        """What the issue's own route answers."""
        draws = [self._listed(index) for index in range(len(self.results))]
        bare = {"algorithm": "pairs/1", "status": "open", "deck": None, "draws": draws, "next_cursor": None}
        return {**bare, **proofs.weighted_issue(self.terms)}

    def _listed(self, index: int) -> Proof:
        result = self.results[index]
        own = self._own(result, index)
        return {
            "id": 900 + index,
            "sale_no": result.sale_no,
            "ticket_no": None,
            "prize_index": None,
            "reward_id": result.reward_id,
            "is_bonus": result.bonus_of is not None,
            "bonus_of": None if result.bonus_of is None else 900 + result.bonus_of,
            "refunded": False,
            "player": PLAYER,
            "seq": own,
            "roll": None,
            "guarantee_before": None,
            "guarantee_after": None,
            "substituted_for": (result.detail or {}).get("substituted_for"),
            "refund_seq": None,
        }

    def _own(self, result: Result, index: int) -> int:
        return index if result.bonus_of is None else result.bonus_of


BY_PAIRS, BY_CARDS = Issue(SCORE, TIERS, ""), Issue(GOODS, KINDS, CHOICE)
SUBSTITUTED = next(n for n, each in enumerate(BY_PAIRS.results) if (each.detail or {}).get("skipped"))
PLAIN = next(n for n, each in enumerate(BY_PAIRS.results) if each.reward_id == 502)
FURTHER = SOLD + 4  # a card that is not the first of its session
