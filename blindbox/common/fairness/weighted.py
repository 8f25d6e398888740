"""Draws that meet published odds: nothing that the server could choose after seeing the nonce enters a roll."""

from collections.abc import Iterable

from blindbox.common.fairness.lines import digest
from blindbox.common.fairness.streams import Stream

PPM = 1_000_000
NO_NONCE = "-"
NONCE_PATTERN = r"[\x21-\x7e]{1,64}"
PLAYER_TAG_LENGTH = 32


def player_tag(issue_id: int, fair_ref: str) -> str:
    """Return the name under which a member plays one issue: stable there, and linked to no other issue."""
    return digest("blindbox/player/1", issue_id, fair_ref).hex()[:PLAYER_TAG_LENGTH]


def weighted_roll(
    secret: bytes, purpose: str, day: str, issue_id: int, player: str, seq: int, nonce: str, below: int = PPM
) -> int:
    """Return u of one draw; `purpose` is roll, guarantee or double, `seq` the player's own count in this issue."""
    return weighted_stream(secret, purpose, day, issue_id, player, seq, nonce).below(below)


def weighted_stream(secret: bytes, purpose: str, day: str, issue_id: int, player: str, seq: int, nonce: str) -> Stream:
    """Return the stream of one draw; nothing is computed before it is asked."""
    return Stream(secret, "blindbox/weighted/1", purpose, day, issue_id, player, seq, nonce)


def pick(table: Iterable[tuple[int, int]], roll: int) -> int:
    """
    Return the first reward whose cumulative ppm exceeds the roll; the table is in the order of the terms.

    :raises ValueError: if the roll is outside the table
    """
    if roll < 0:
        raise ValueError("a roll is never negative")
    reached = 0
    for reward_id, ppm in table:
        reached += ppm
        if roll < reached:
            return reward_id
    raise ValueError(f"roll {roll} is outside a table of {reached}")


def s3_stream(
    secret: bytes, day: str, session: int, occurrence: str, version: int, uid: str | int, nonce: str | None
) -> Stream:
    """Return the stream of one generic draw."""
    return Stream(secret, "blindbox/s3/1", day, session, occurrence, version, uid, nonce or NO_NONCE)


def s3_roll(
    secret: bytes, day: str, session: int, occurrence: str, version: int, uid: str | int, nonce: str | None, below: int
) -> int:
    """Return the roll of one generic draw over its dynamic weights; `below` is the sum of the weights."""
    return s3_stream(secret, day, session, occurrence, version, uid, nonce).below(below)
