"""What is published beforehand, and the log that keeps it from being changed afterwards."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from blindbox.common.fairness.lines import checked, digest

GENESIS_HASH = "0" * 64


def terms_text(terms: Mapping[str, object]) -> str:
    """
    Return the one text of the terms that is stored, published and hashed.

    :raises TypeError: if they hold a float, a key that is not text, or anything else that JSON writes in several ways
    """
    _refuse_ambiguous(terms)
    return json.dumps(terms, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def terms_hash(text: str) -> str:
    """Return SHA-256 of the terms as published; never of a text that was parsed and written again."""
    return hashlib.sha256(text.encode()).hexdigest()


def issue_commitment(issue_id: int, terms_hash: str, root: str, secret: bytes) -> str:
    """Return what binds a deck issue's terms, Merkle root and secret before the first sale."""
    return digest("blindbox/commit/1", issue_id, terms_hash, root, checked(secret)).hex()


def day_commitment(day: str, secret: bytes) -> str:
    """Return what binds the secret of a business day (YYYY-MM-DD) before that day begins."""
    return digest("blindbox/day/1", day, checked(secret)).hex()


def entry_hash(seq: int, subject: str, commitment: str, published_at: str, prev_hash: str) -> str:
    """Return the hash that chains one entry of the public log to the one before (`GENESIS_HASH` for the first)."""
    return digest("blindbox/log/1", seq, subject, commitment, published_at, prev_hash).hex()


def log_time(moment: datetime) -> str:
    """
    Return a moment as the public log writes it: UTC, always with six digits after the point.

    :raises ValueError: if the moment has no time zone
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _refuse_ambiguous(value: object) -> None:
    if isinstance(value, Mapping):
        for key, member in value.items():
            _refuse_ambiguous_key(key)
            _refuse_ambiguous(member)
    elif isinstance(value, list | tuple):
        for member in value:
            _refuse_ambiguous(member)
    elif not isinstance(value, str | int | None):
        raise TypeError(f"terms hold text, integers, lists and objects, not {type(value).__name__}")


def _refuse_ambiguous_key(key: object) -> None:
    if not isinstance(key, str):
        raise TypeError("a key of the terms is text")
