"""
How a draw is decided and proved, byte for byte as docs/fairness.md publishes it.

Pure: no Django, no clock, no random source. Whoever holds the inputs gets the same results in any language.
"""

from blindbox.common.fairness.commitments import (
    GENESIS_HASH,
    day_commitment,
    entry_hash,
    issue_commitment,
    log_time,
    terms_hash,
    terms_text,
)
from blindbox.common.fairness.deck import (
    Extra,
    build_deck,
    deck_tree,
    leaf,
    position_prizes,
    repdigit,
    repdigits_to,
    salt,
)
from blindbox.common.fairness.lines import SECRET_BYTES, Field, join
from blindbox.common.fairness.merkle import MerkleTree, Path, Side, merkle_root_from
from blindbox.common.fairness.pairs import count_pairs, pairs_deck, pairs_stream, shuffled_cards
from blindbox.common.fairness.streams import Stream, shuffle
from blindbox.common.fairness.weighted import (
    NO_NONCE,
    NONCE_PATTERN,
    PPM,
    pick,
    player_tag,
    s3_roll,
    s3_stream,
    weighted_roll,
    weighted_stream,
)

__all__ = [
    "GENESIS_HASH",
    "NONCE_PATTERN",
    "NO_NONCE",
    "PPM",
    "SECRET_BYTES",
    "Extra",
    "Field",
    "MerkleTree",
    "Path",
    "Side",
    "Stream",
    "build_deck",
    "count_pairs",
    "day_commitment",
    "deck_tree",
    "entry_hash",
    "issue_commitment",
    "join",
    "leaf",
    "log_time",
    "merkle_root_from",
    "pairs_deck",
    "pairs_stream",
    "pick",
    "player_tag",
    "position_prizes",
    "repdigit",
    "repdigits_to",
    "s3_roll",
    "s3_stream",
    "salt",
    "shuffle",
    "shuffled_cards",
    "terms_hash",
    "terms_text",
    "weighted_roll",
    "weighted_stream",
]
