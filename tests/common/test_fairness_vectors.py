"""The published vectors: they bind this kernel, the browser's and every stranger's to the same bytes."""

import json
from pathlib import Path
from typing import Any

from blindbox.common import fairness
from blindbox.common.fairness.lines import mac

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "docs/verifier/vectors.json").read_text("utf-8"))
DECK, WEIGHTED, DAY = VECTORS["deck"], VECTORS["weighted"], VECTORS["day"]
SECRET, DAY_SECRET = bytes(range(32)), bytes(range(32, 64))
QUANTITIES = [(301, 1), (302, 3), (303, 16)]


def _roll(purpose: str, seq: int, **below: int) -> int:
    player, nonce = WEIGHTED["player"], WEIGHTED["nonce"]
    return fairness.weighted_roll(DAY_SECRET, purpose, DAY["day"], 21, player, seq, nonce, **below)


def test_the_secrets_of_the_vectors_count_from_00_and_from_20():
    assert (DECK["secret"], DAY["secret"]) == (SECRET.hex(), DAY_SECRET.hex())


def test_terms_are_hashed_as_their_published_bytes():
    assert len(DECK["terms"].encode()) == 533
    assert fairness.terms_text(json.loads(DECK["terms"])) == DECK["terms"]
    assert fairness.terms_hash(DECK["terms"]) == DECK["terms_hash"]


def test_the_first_block_of_the_deck_stream():
    assert mac(SECRET, fairness.join("blindbox/deck/1", 21, 0)).hex() == DECK["block_0"]


def test_the_slots_are_shuffled_as_published():
    slots = fairness.shuffle(range(1, 21), fairness.Stream(SECRET, "blindbox/deck/1", 21))
    assert slots[:10] == DECK["first_ten_slots"]


def test_the_deck():
    assert list(fairness.build_deck(SECRET, 21, QUANTITIES)) == DECK["deck"]


def test_the_last_global_and_first_positions():
    rewards = [(304, "last", 1), (305, "global", 1), (306, "first", 1)]
    assert fairness.position_prizes(SECRET, 21, 20, rewards) == {
        20: [304],
        DECK["global"]: [305],
        DECK["first"]: [306],
    }


def test_salt_leaf_paths_root_and_commitment():
    tree = fairness.deck_tree(SECRET, 21, DECK["deck"])
    assert fairness.salt(SECRET, 21, 1) == DECK["salt_1"]
    assert fairness.leaf(21, 1, DECK["deck"][0], DECK["salt_1"]).hex() == DECK["leaf_1"]
    assert [list(step) for step in tree.path(1)] == DECK["path_1"]
    assert [list(step) for step in tree.path(20)] == DECK["path_20"]
    assert tree.root == DECK["root"]
    assert fairness.issue_commitment(21, DECK["terms_hash"], tree.root, SECRET) == DECK["commitment"]


def test_words_past_the_last_full_run_are_rejected():
    rejection = VECTORS["rejection"]
    stream = fairness.Stream(SECRET, *rejection["lines"])
    assert [str(u) for u in stream.below_many(int(rejection["below"]), 3)] == rejection["values"]


def test_the_day_commitment():
    assert fairness.day_commitment(DAY["day"], DAY_SECRET) == DAY["commitment"]


def test_the_player_tag():
    player = VECTORS["player"]
    assert fairness.player_tag(player["issue_id"], player["fair_ref"]) == player["tag"]


def test_ten_weighted_rolls_and_their_rewards():
    rolls = [_roll("roll", seq) for seq in range(10)]
    assert rolls == WEIGHTED["rolls"]
    assert [fairness.pick(WEIGHTED["table"], roll) for roll in rolls] == WEIGHTED["rewards"]


def test_the_guarantee_rolls_over_its_own_tier():
    guarantee = WEIGHTED["guarantee"]
    roll = _roll("guarantee", 0, below=guarantee["below"])
    assert (roll, fairness.pick(WEIGHTED["table"], roll)) == (guarantee["roll"], guarantee["reward"])


def test_the_cards_of_a_pairs_session_and_the_pairs_they_hold():
    pairs = VECTORS["pairs"]
    deck = fairness.pairs_deck(DAY_SECRET, DAY["day"], 21, WEIGHTED["player"], pairs["seq"], "n1", pairs["quantities"])
    assert list(deck) == pairs["deck"]
    for play in pairs["pairs"]:
        assert fairness.count_pairs(deck, play["hand"], play["gain"]) == play["pairs"]


def test_the_generic_draw():
    s3 = VECTORS["s3"]
    roll = fairness.s3_roll(
        DAY_SECRET, DAY["day"], s3["session"], s3["occurrence"], s3["version"], s3["uid"], None, 228
    )
    assert (s3["nonce"], s3["below"], roll) == ("-", 228, s3["roll"])


def test_the_entries_of_the_public_log():
    for entry in VECTORS["log"]:
        link = {field: value for field, value in entry.items() if field != "entry_hash"}
        assert fairness.entry_hash(**link) == entry["entry_hash"]
