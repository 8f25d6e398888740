"""Proofs that a verifier must pass, and the altered ones that it must catch."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from functools import reduce
from typing import Any

from tests.factories import card_proofs, guaranteed, proofs
from tests.factories.card_proofs import BY_CARDS, BY_PAIRS
from tests.factories.proofs import Proof

LATE = datetime(2026, 3, 5, 7, tzinfo=UTC)  # half an hour after the draw

HONEST = {
    "any ticket of an open box": (proofs.deck_draw(10), "ok"),
    "any ticket of a revealed box": (proofs.deck_draw(14, revealed=True), "ok"),
    "the last prize of an open box": (proofs.deck_draw(20, reward_id=304), "ok"),
    "a hidden prize of an open box": (proofs.deck_draw(17, reward_id=305), "wait"),
    "the global prize of a revealed box": (proofs.deck_draw(17, reward_id=305, revealed=True), "ok"),
    "the first prize of a revealed box": (proofs.deck_draw(10, reward_id=306, revealed=True), "ok"),
    "odds before the reveal": (proofs.weighted_draw(), "wait"),
    "odds after the reveal": (proofs.weighted_draw(3, revealed=True), "ok"),
    "a guaranteed draw": (guaranteed.draw(guaranteed.REPLACED), "ok"),
    "a guaranteed draw before the reveal": (guaranteed.draw(guaranteed.REPLACED, revealed=False), "wait"),
    "a draw that met the guarantee by itself": (guaranteed.draw(guaranteed.NATURAL), "ok"),
    "a draw whose prize had run out": (guaranteed.draw(guaranteed.SUBSTITUTED), "ok"),
    "a session by pairs": (BY_PAIRS.draw(card_proofs.PLAIN), "ok"),
    "a session by pairs before the reveal": (BY_PAIRS.draw(card_proofs.PLAIN, revealed=False), "wait"),
    "a session whose tier had run out": (BY_PAIRS.draw(card_proofs.SUBSTITUTED), "ok"),
    "the first card of a session": (BY_CARDS.draw(0), "ok"),
    "a further card of a session": (BY_CARDS.draw(card_proofs.FURTHER), "ok"),
    "a further card before the reveal": (BY_CARDS.draw(card_proofs.FURTHER, revealed=False), "wait"),
}


def altered(proof: Proof, path: str, change: Callable[[Any], Any]) -> Proof:
    """Return a copy in which the value at a dotted path has been changed."""
    copy = deepcopy(proof)
    keys: list[Any] = [int(key) if key.isdecimal() else key for key in path.split(".")]
    holder: Any = reduce(lambda value, key: value[key], keys[:-1], copy)
    holder[keys[-1]] = change(holder.get(keys[-1]) if isinstance(holder, dict) else holder[keys[-1]])
    return copy


def other_digit(text: str) -> str:
    return text[:-1] + ("0" if text[-1] != "0" else "1")


def becomes(value: Any) -> Callable[[Any], Any]:
    return lambda _: value


DECK_LIES: list[tuple[str, Callable[[Any], Any]]] = [
    ("issue.terms", lambda terms: terms.replace('"quantity":16', '"quantity":61')),
    ("issue.terms_hash", other_digit),
    ("issue.root", other_digit),
    ("issue.commitment", other_digit),
    ("issue.secret", other_digit),
    ("issue.log.seq", becomes(6)),
    ("issue.log.published_at", becomes("2026-02-01T00:00:00.000000Z")),
    ("issue.log.prev_hash", other_digit),
    ("issue.log.entry_hash", other_digit),
    ("issue.log", lambda log: proofs.log_entry("issue:22", log["commitment"])),
    ("issue.log", lambda log: proofs.log_entry("issue:21", log["commitment"], at=LATE)),
    ("draw.issue_id", becomes(22)),
    ("draw.reward_id", becomes(301)),
    ("draw.ticket_no", becomes(15)),
    ("draw.sale_no", becomes(15)),
    ("salt", other_digit),
    ("path.0.1", other_digit),
    ("path.1.0", lambda side: "R" if side == "L" else "L"),
    ("path", lambda path: path[:-1]),
]
BONUS_LIES: list[tuple[str, Callable[[Any], Any]]] = [
    ("draw.reward_id", becomes(306)),
    ("draw.sale_no", becomes(10)),
    ("draw.reward_id", becomes(304)),
    ("draw.reward_id", becomes(303)),
    ("draw.is_bonus", becomes(False)),
]
WEIGHTED_LIES: list[tuple[str, Callable[[Any], Any]]] = [
    ("issue.commitment", other_digit),
    ("draw.reward_id", becomes(401)),
    ("draw.issue_id", becomes(21)),
    ("day", becomes("2026-03-06")),
    ("day_commitment", other_digit),
    ("day_secret", other_digit),
    ("day_log.entry_hash", other_digit),
    ("day_log", lambda log: proofs.log_entry("day:2026-03-06", log["commitment"])),
    ("day_log", lambda log: proofs.log_entry(log["subject"], log["commitment"], seq=8, at=LATE)),
    ("player", other_digit),
    ("seq", becomes(4)),
    ("nonce", becomes("n2")),
    ("roll", becomes(1)),
    ("table.0.1", becomes(5_001)),
    ("table", lambda table: table[::-1]),
]
# whoever knows the roll can choose a table that leads it to a cheaper prize: only the terms forbid it
OTHER_ODDS: list[tuple[str, Callable[[Any], Any]]] = [
    ("table", becomes([[401, 1], [402, 99_999], [403, 900_000]])),
    ("table", becomes([[403, 1_000_000]])),
    ("purpose", becomes("guarantee")),
]
GUARANTEE_LIES: list[tuple[str, Callable[[Any], Any]]] = [
    ("draw.reward_id", lambda won: 411 if won == 412 else 412),
    ("draw.reward_id", becomes(413)),
    ("guarantee_before", lambda before: before - 1),
    ("guarantee_before", becomes(None)),
    ("guarantee_after", becomes(1)),
    ("guarantee_roll", lambda roll: 99_999 - roll),
    ("guarantee_table", lambda table: table[:1]),
    ("guarantee_table", becomes([[412, 100_000]])),
    ("purpose", becomes("roll")),
    ("purpose", becomes("double")),
    ("roll", becomes(5)),
    ("substituted_for", becomes(413)),
]
NATURAL_LIES: list[tuple[str, Callable[[Any], Any]]] = [
    ("guarantee_after", lambda after: after + 1),
    ("purpose", becomes("guarantee")),
    ("substituted_for", becomes(411)),
]
SUBSTITUTE_LIES: list[tuple[str, Callable[[Any], Any]]] = [
    ("substituted_for", becomes(None)),
    ("substituted_for", becomes(412)),
    ("draw.reward_id", becomes(413)),
]
SESSION_LIES: list[tuple[str, Callable[[Any], Any]]] = [
    ("issue.commitment", other_digit),
    ("draw.reward_id", becomes(501)),
    ("draw.reward_id", becomes(503)),
    ("draw.issue_id", becomes(21)),
    ("draw.is_bonus", becomes(True)),
    ("day", becomes("2026-03-06")),
    ("day_commitment", other_digit),
    ("day_secret", other_digit),
    ("day_log.entry_hash", other_digit),
    ("player", other_digit),
    ("seq", lambda seq: seq + 1),
    ("nonce", becomes("n2")),
    ("choice", becomes("1")),
    ("table.0.1", lambda ppm: ppm + 1),
    ("table", lambda table: table[::-1]),
    ("play.pairs", lambda pairs: pairs + 1),
    ("play.tier", becomes(501)),
    ("play.events", lambda events: events[:-1]),
    ("play.events.0.deal", lambda cards: cards[::-1]),
    ("play.skipped", becomes([501])),
    ("play.substituted_for", becomes(502)),
    ("substituted_for", becomes(502)),
]
SKIPPED_LIES: list[tuple[str, Callable[[Any], Any]]] = [
    ("draw.reward_id", becomes(503)),
    ("play.skipped", becomes([])),
    ("substituted_for", becomes(None)),
    ("play.substituted_for", becomes(504)),
    ("play.tier", becomes(504)),
]
FIRST_CARD_LIES: list[tuple[str, Callable[[Any], Any]]] = [
    ("draw.reward_id", lambda won: 600 if won != 600 else 601),
    ("choice", becomes("3")),
    ("choice", becomes("9")),
    ("choice", becomes(None)),
    ("play.pairs", lambda pairs: pairs + 1),
    ("seq", lambda seq: seq + 1),
]
FURTHER_CARD_LIES: list[tuple[str, Callable[[Any], Any]]] = [
    ("draw.reward_id", lambda won: 600 if won != 600 else 601),
    ("card", becomes(99)),
    ("card", becomes(1)),
    ("card", becomes(None)),
    ("play.events.0.deal", lambda cards: cards[::-1] if cards[::-1] != cards else [0, 1, 2]),
]
BOX_LIES: list[tuple[str, Callable[[Any], Any]]] = [
    ("draws", lambda draws: draws[1:]),
    ("draws", lambda draws: [*draws, draws[0]]),
    ("draws", lambda draws: [draw for draw in draws if draw["reward_id"] != 304]),
    ("draws", lambda draws: [draw for draw in draws if draw["reward_id"] != 305]),
    ("draws.0.reward_id", becomes(301)),
    ("secret", other_digit),
]
ISSUE_LIES: list[tuple[str, Callable[[Any], Any]]] = [
    ("draws", lambda draws: draws[:5] + draws[6:]),
    ("draws", lambda draws: [*draws, draws[-1]]),
    ("draws.6.seq", becomes(5)),
    ("draws.6.player", other_digit),
    ("draws.6.sale_no", becomes(99)),
    ("draws.3.guarantee_before", becomes(1)),
    ("draws.3.guarantee_after", becomes(7)),
    (f"draws.{guaranteed.REPLACED}.reward_id", becomes(413)),
    ("draws.2.refund_seq", becomes(3)),
    (f"draws.{guaranteed.SUBSTITUTED}.reward_id", becomes(411)),
    (f"draws.{guaranteed.NATURAL}.substituted_for", becomes(411)),
]
CARD_ISSUE_LIES: list[tuple[str, Callable[[Any], Any]]] = [
    ("draws", lambda draws: draws[:5] + draws[6:]),
    ("draws", lambda draws: [*draws, draws[-1]]),
    ("draws.6.seq", becomes(5)),
    ("draws.6.player", other_digit),
    ("draws.6.sale_no", becomes(99)),
    (f"draws.{card_proofs.SUBSTITUTED}.reward_id", becomes(501)),
    (f"draws.{card_proofs.PLAIN}.substituted_for", becomes(502)),
]
LIES = [
    *((BY_PAIRS.draw(card_proofs.PLAIN), *lie) for lie in SESSION_LIES),
    *((BY_PAIRS.draw(card_proofs.SUBSTITUTED), *lie) for lie in SKIPPED_LIES),
    *((BY_CARDS.draw(0), *lie) for lie in FIRST_CARD_LIES),
    *((BY_CARDS.draw(card_proofs.FURTHER), *lie) for lie in FURTHER_CARD_LIES),
    *((guaranteed.draw(guaranteed.REPLACED), *lie) for lie in GUARANTEE_LIES),
    *((guaranteed.draw(guaranteed.NATURAL), *lie) for lie in NATURAL_LIES),
    *((guaranteed.draw(guaranteed.SUBSTITUTED), *lie) for lie in SUBSTITUTE_LIES),
    *((proofs.deck_draw(14, revealed=True), *lie) for lie in DECK_LIES),
    *((proofs.deck_draw(17, reward_id=305, revealed=True), *lie) for lie in BONUS_LIES),
    *((proofs.weighted_draw(revealed=True), *lie) for lie in WEIGHTED_LIES),
    *(
        (proof, *lie)
        for proof in (proofs.weighted_draw(), proofs.weighted_draw(3, revealed=True))
        for lie in OTHER_ODDS
    ),
]
