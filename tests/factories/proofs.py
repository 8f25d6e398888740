"""Proofs as the public routes answer them, built from known secrets."""

from datetime import UTC, datetime
from typing import Any

from blindbox.common import fairness

SECRET, DAY_SECRET = bytes(range(32)), bytes(range(32, 64))
DAY = "2026-03-05"
DRAWN_AT = "2026-03-05T14:30:00+08:00"
PLAYER, NONCE = "00112233445566778899aabbccddeeff", "n1"

TICKETS = [(301, 1), (302, 3), (303, 16)]
BONUSES = [(304, "last", 1), (305, "global", 1), (306, "first", 1)]
ODDS = [(401, 5_000), (402, 95_000), (403, 900_000)]

DECK = fairness.build_deck(SECRET, 21, TICKETS)
TREE = fairness.deck_tree(SECRET, 21, DECK)
EXTRAS = fairness.position_prizes(SECRET, 21, len(DECK), BONUSES)

Proof = dict[str, Any]


def log_entry(subject: str, commitment: str, *, seq: int = 7, at: datetime = datetime(2026, 3, 1, tzinfo=UTC)) -> Proof:
    link: Proof = {
        "seq": seq,
        "subject": subject,
        "commitment": commitment,
        "published_at": fairness.log_time(at),
        "prev_hash": "5a" * 32,
    }
    return {**link, "entry_hash": fairness.entry_hash(**link)}


def _deck_terms(name: str) -> str:
    rewards = [_reward(reward_id, "ticket", quantity, name) for reward_id, quantity in TICKETS]
    rewards += [_reward(reward_id, position, quantity, name) for reward_id, position, quantity in BONUSES]
    return fairness.terms_text({"algorithm": "deck/1", "issue_id": 21, "total": len(DECK), "rewards": rewards})


def _reward(reward_id: int, position: str, quantity: int, name: str) -> Proof:
    named = {"id": reward_id, "level": "赏", "name": f"{name}{reward_id}"}
    return {**named, "position": position, "quantity": quantity}


def _weighted_terms() -> str:
    rewards = [{"id": reward_id, "level": "赏", "name": "手办", "odds_ppm": ppm} for reward_id, ppm in ODDS]
    return fairness.terms_text({"algorithm": "weighted/1", "issue_id": 22, "rewards": rewards})


def _deck_issue(*, revealed: bool, name: str = "奖品") -> Proof:
    terms = _deck_terms(name)
    terms_hash = fairness.terms_hash(terms)
    commitment = fairness.issue_commitment(21, terms_hash, TREE.root, SECRET)
    return {
        "issue_id": 21,
        "terms": terms,
        "terms_hash": terms_hash,
        "root": TREE.root,
        "commitment": commitment,
        "log": log_entry("issue:21", commitment),
        "secret": SECRET.hex() if revealed else None,
    }


def weighted_issue(terms: str) -> Proof:
    terms_hash = fairness.terms_hash(terms)
    return {
        "issue_id": 22,
        "terms": terms,
        "terms_hash": terms_hash,
        "root": None,
        "commitment": terms_hash,
        "log": log_entry("issue:22", terms_hash),
        "secret": None,
    }


NO_ODDS = dict.fromkeys(
    ("day", "day_commitment", "day_log", "day_secret", "player", "seq", "nonce", "table", "roll")
    + ("purpose", "guarantee_before", "guarantee_after", "guarantee_table", "guarantee_roll", "substituted_for")
)


def deck_draw(sale_no: int, *, reward_id: int | None = None, revealed: bool = False, name: str = "奖品") -> Proof:
    """The ticket's own prize, or the extra prize `reward_id` that came with it."""
    is_bonus = reward_id is not None
    draw = {
        "id": 900 + sale_no,
        "activity_id": 1,
        "issue_id": 21,
        "reward_id": reward_id or DECK[sale_no - 1],
        "sale_no": None if is_bonus else sale_no,
        "ticket_no": sale_no,
        "is_bonus": is_bonus,
        "bonus_of": 900 if is_bonus else None,
        "drawn_at": DRAWN_AT,
    }
    return {
        "algorithm": "deck/1",
        "draw": draw,
        "issue": _deck_issue(revealed=revealed, name=name),
        "salt": fairness.salt(SECRET, 21, sale_no),
        "path": [list(step) for step in TREE.path(sale_no)],
        **NO_ODDS,
        "status": "verifiable",
        "status_text": "可验证",
    }


def weighted_draw(seq: int = 0, *, revealed: bool = False) -> Proof:
    roll = fairness.weighted_roll(DAY_SECRET, "roll", DAY, 22, PLAYER, seq, NONCE)
    commitment = fairness.day_commitment(DAY, DAY_SECRET)
    draw = {
        "id": 950,
        "activity_id": 1,
        "issue_id": 22,
        "reward_id": fairness.pick(ODDS, roll),
        "sale_no": None,
        "ticket_no": None,
    }
    return {
        "algorithm": "weighted/1",
        "draw": {**draw, "is_bonus": False, "bonus_of": None, "drawn_at": DRAWN_AT},
        "issue": weighted_issue(_weighted_terms()),
        "salt": None,
        "path": None,
        "day": DAY,
        "day_commitment": commitment,
        "day_log": log_entry(f"day:{DAY}", commitment, seq=8, at=datetime(2026, 3, 4, 4, tzinfo=UTC)),
        "day_secret": DAY_SECRET.hex() if revealed else None,
        "player": PLAYER,
        "seq": seq,
        "nonce": NONCE,
        "table": [list(line) for line in ODDS],
        "roll": roll,
        "purpose": "roll",
        **dict.fromkeys(
            ["guarantee_before", "guarantee_after", "guarantee_table", "guarantee_roll", "substituted_for"]
        ),
        "status": "verifiable" if revealed else "pending",
        "status_text": "可验证" if revealed else "明日公布后可验证",
    }


def deck_issue_proof(sold: int, *, revealed: bool = False) -> Proof:
    """What an issue's own route answers after `sold` tickets."""
    draws: list[Proof] = []
    for sale_no in range(1, sold + 1):
        draws.append(_drawn(sale_no, DECK[sale_no - 1], bonus_of=None))
        draws += [_drawn(sale_no, extra, bonus_of=sale_no) for extra in EXTRAS.get(sale_no, [])]
    return {
        "algorithm": "deck/1",
        "status": "closed" if revealed else "open",
        **_deck_issue(revealed=revealed),
        "deck": {"total": len(DECK), "sold": sold},
        "draws": draws,
        "next_cursor": None,
    }


def _drawn(sale_no: int, reward_id: int, *, bonus_of: int | None) -> Proof:
    return {
        "id": sale_no if bonus_of is None else 1000 + sale_no,
        "sale_no": sale_no if bonus_of is None else None,
        "ticket_no": sale_no,
        "reward_id": reward_id,
        "is_bonus": bonus_of is not None,
        "bonus_of": bonus_of,
        "refunded": False,
    }
