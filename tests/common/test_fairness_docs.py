"""docs/fairness.md prints the vectors that the tests hold; a stranger can rely on the page alone."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "fairness.md").read_text("utf-8")
VECTORS = json.loads((DOCS / "verifier/vectors.json").read_text("utf-8"))


def _hashes(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            yield from _hashes(member)
    elif isinstance(value, str) and len(value) == 64:
        yield value


def test_every_hash_of_the_vectors_is_printed():
    derived = set(_hashes(VECTORS)) - {VECTORS["deck"]["secret"], VECTORS["day"]["secret"], "0" * 64}
    assert [digest for digest in derived if digest not in TEXT] == []


def test_the_terms_are_printed_as_one_line():
    assert VECTORS["deck"]["terms"] in TEXT.splitlines()


def test_every_series_of_the_vectors_is_printed():
    series = [VECTORS["deck"]["first_ten_slots"], VECTORS["deck"]["deck"], VECTORS["weighted"]["rolls"]]
    series += [VECTORS["weighted"]["rewards"], VECTORS["pairs"]["deck"]]
    assert [numbers for numbers in series if " ".join(map(str, numbers)) not in TEXT] == []
    assert [value for value in VECTORS["rejection"]["values"] if value not in TEXT.splitlines()] == []


def test_the_small_values_are_printed():
    roll, reward = VECTORS["weighted"]["guarantee"]["roll"], VECTORS["weighted"]["guarantee"]["reward"]
    for phrase in (f"`{roll}`，得 {reward}", "last 20，global 17，first 10", f"`{VECTORS['s3']['roll']}`"):
        assert phrase in TEXT
    assert VECTORS["player"]["tag"] in TEXT
