"""Proofs of an issue that promises a guarantee and replaces what runs out, from known secrets and the real rule."""

from typing import Any

from activities.gameplay import registry
from activities.gameplay.base import DrawContext, Prize, Terms
from blindbox.common import fairness
from tests.factories import proofs
from tests.factories.activities import NOW
from tests.factories.proofs import DAY, DAY_SECRET, NONCE, PLAYER, Proof

LEVELS = ["A", "B", "C"]
CONFIG: dict[str, Any] = {"guarantee": {"levels": ["A", "B"], "within": 4}, "on_sold_out": "substitute"}
SOLD = 40
LEFT = {411: 2}  # of 411, which B then takes the place of
REWARDS: list[dict[str, Any]] = [
    {"id": 411, "level": "A", "name": "手办", "odds_ppm": 60_000, "quantity": 2, "substitute_id": 412},
    {"id": 412, "level": "B", "name": "毛巾", "odds_ppm": 40_000},
    {"id": 413, "level": "C", "name": "徽章", "odds_ppm": 900_000},
]
TERMS = fairness.terms_text({"algorithm": "weighted/1", "config": CONFIG, "issue_id": 22, "rewards": REWARDS})


def _results() -> list[Any]:
    prizes = [
        Prize(kind="points", position="ticket", **{"quantity": None, "substitute_id": None, **each}) for each in REWARDS
    ]
    promised = Terms(
        issue_id=22, activity_id=1, title="", gameplay="infinite", algorithm="weighted/1", price_fen=1, price_points=1,
        bundle_prices={}, total=None, endgame=0, hold_seconds=180, largest_order=10, starts_at=NOW, ends_at=None,
        prizes=prizes, config=CONFIG, prize_by_id={prize.id: prize for prize in prizes},
    )  # fmt: skip
    inputs = (DAY, 22, PLAYER)
    context = DrawContext(
        promised,
        SOLD,
        positions=range(1, SOLD + 1),
        rolls=[fairness.weighted_roll(DAY_SECRET, "roll", *inputs, seq, NONCE) for seq in range(SOLD)],
        streams=[fairness.weighted_stream(DAY_SECRET, "guarantee", *inputs, seq, NONCE) for seq in range(SOLD)],
        facts={"left": LEFT},
    )
    return registry.get("infinite").draw(context)


RESULTS = _results()
REPLACED = next(seq for seq, each in enumerate(RESULTS) if "guarantee_roll" in each.detail)
SUBSTITUTED = next(seq for seq, each in enumerate(RESULTS) if "substituted_for" in each.detail)
NATURAL = next(seq for seq, each in enumerate(RESULTS) if each.detail["guarantee_after"] == 0 and seq != REPLACED)
_RECORDED = ("guarantee_before", "guarantee_after", "guarantee_roll", "substituted_for")


def draw(seq: int, *, revealed: bool = True) -> Proof:
    """What the route of a draw answers."""
    base, result = proofs.weighted_draw(seq, revealed=revealed), RESULTS[seq]
    tier = [[each["id"], each["odds_ppm"]] for each in REWARDS if each["level"] in ("A", "B")]
    return {
        **base,
        "draw": {**base["draw"], "reward_id": result.reward_id, "sale_no": result.sale_no},
        "issue": proofs.weighted_issue(TERMS),
        "table": [[each["id"], each["odds_ppm"]] for each in REWARDS],
        "purpose": "guarantee" if "guarantee_roll" in result.detail else "roll",
        "guarantee_table": tier,
        **{name: result.detail.get(name) for name in _RECORDED},
    }


def issue(*, first: int = 0, after: int = SOLD) -> Proof:
    """What the issue's own route answers; `first` and `after` cut a page out of it."""
    return {
        "algorithm": "weighted/1",
        "status": "open",
        **proofs.weighted_issue(TERMS),
        "deck": None,
        "draws": [_listed(seq) for seq in range(first, after)],
        "next_cursor": 900 + after - 1 if after < SOLD else None,
    }


def _listed(seq: int) -> Proof:
    result = RESULTS[seq]
    return {
        "id": 900 + seq,
        "sale_no": result.sale_no,
        "ticket_no": None,
        "prize_index": None,
        "reward_id": result.reward_id,
        "is_bonus": False,
        "bonus_of": None,
        "refunded": False,
        "player": PLAYER,
        "seq": seq,
        "roll": result.roll,
        **{name: result.detail.get(name) for name in _RECORDED if name != "guarantee_roll"},
        "refund_seq": None,
    }
