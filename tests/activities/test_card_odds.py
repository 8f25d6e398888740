"""What a session holds on the mean: counted exactly, against every order of small decks and against simulation."""

import json
from collections import Counter
from itertools import permutations
from math import factorial

import pytest

from activities.gameplay import card_odds
from activities.gameplay.card_odds import chances
from activities.gameplay.card_session import Rules, play
from activities.services.chances import p_value
from blindbox.common import fairness
from blindbox.common.money import PPM, split
from tests.factories.verifiers import VECTORS

LEAST_P = 1e-6


def deck_of(cards):
    return [kind for kind, count in cards for _ in range(count)]


def enumerated(cards, rules):
    """Play every order of the cards."""
    pairs, dealt = Counter(), Counter()
    for order in permutations(deck_of(cards)):
        session = play(order, rules)
        pairs[session.pairs] += 1
        dealt.update(session.cards)
    return dict(pairs), dict(dealt)


@pytest.mark.parametrize(
    ("cards", "rules"),
    [
        (((0, 2), (1, 2), (2, 2)), Rules(3)),
        (((0, 4), (1, 4)), Rules(2)),
        (((0, 3), (1, 1), (2, 4)), Rules(4, 2)),
        (((7, 2), (3, 2), (9, 3)), Rules(3, 1, lucky=9, lucky_gain=1)),
        (((7, 2), (3, 2), (9, 2), (4, 1)), Rules(3, 1, lucky=3, lucky_gain=2, different_gain=1)),
        (((0, 2), (1, 2), (2, 2), (3, 2)), Rules(4, 1, different_gain=3)),
        (((0, 1), (1, 1), (2, 1)), Rules(2, 1, different_gain=1)),
        (((0, 3), (1, 2)), Rules(5)),
    ],
)
def test_every_order_of_the_cards_is_counted_once(cards, rules):
    found = chances(cards, rules)
    pairs, dealt = enumerated(cards, rules)
    assert (found.is_exact, found.whole) == (True, factorial(len(deck_of(cards))))
    assert (dict(found.pairs), {kind: n for kind, n in found.cards.items() if n}) == (pairs, dealt)


def test_the_weights_of_a_large_deck_are_a_whole_and_add_up_in_ppm():
    found = chances(tuple((kind, 4) for kind in range(13)), Rules(5))
    assert sum(found.pairs.values()) == found.whole == factorial(52)
    assert split(PPM, [found.pairs[pairs] for pairs in sorted(found.pairs)]) == [
        507_083,
        359_633,
        113_578,
        18_434,
        1_272,
    ]
    assert len(set(found.cards.values())) == 1  # types of equal count are equal


def test_the_published_odds_of_the_vectors():
    vectors = json.loads(VECTORS.read_text("utf-8"))["pairs"]
    found = chances(tuple(map(tuple, vectors["quantities"])), Rules(vectors["pairs"][0]["hand"]))
    assert split(PPM, [found.pairs[pairs] for pairs in range(4)]) == vectors["odds_ppm"]
    assert sum(vectors["odds_ppm"]) == PPM


SETUPS = [
    (tuple((kind, 4) for kind in range(9)), Rules(5)),
    (((0, 8), (1, 8), (2, 4), (3, 4), (4, 2), (5, 1)), Rules(6, 2)),
    (tuple((kind, 5) for kind in range(6)), Rules(4, 1, lucky=2, lucky_gain=1, different_gain=2)),
]


@pytest.mark.parametrize(("cards", "rules"), SETUPS)
def test_simulated_sessions_meet_the_counted_odds(monkeypatch, cards, rules):
    """The seed is fixed, so this passes or fails for ever."""
    monkeypatch.setattr(card_odds, "SESSIONS", 30_000)
    exact, met = chances(cards, rules), card_odds._simulated(cards, rules)
    held = sorted(exact.pairs)
    assert set(met.pairs) <= set(held)
    assert p_value([met.pairs.get(n, 0) for n in held], split(PPM, [exact.pairs[n] for n in held])) > LEAST_P
    for kind, _ in cards:
        assert met.cards[kind] / met.whole == pytest.approx(exact.cards[kind] / exact.whole, rel=0.03)


def test_shuffled_sessions_meet_the_counted_odds():
    """The same stream as a real draw's."""
    cards, rules = SETUPS[0]
    exact, held = chances(cards, rules), Counter()
    for seq in range(20_000):
        deck = fairness.pairs_deck(bytes(range(32)), "2026-03-05", 21, "p", seq, "n", cards)
        held[play(deck, rules).pairs] += 1
    numbers = sorted(exact.pairs)
    assert p_value([held[n] for n in numbers], split(PPM, [exact.pairs[n] for n in numbers])) > LEAST_P


def test_a_deck_of_the_wrong_odds_is_found_out():
    cards, rules = SETUPS[0]
    exact, other = chances(cards, rules), chances(cards, Rules(6))
    numbers = sorted({*exact.pairs, *other.pairs})
    biased = [20_000 * other.pairs[n] // other.whole for n in numbers]
    assert p_value(biased, split(PPM, [exact.pairs[n] for n in numbers])) < LEAST_P


def test_what_cannot_be_counted_in_time_is_simulated_the_same_every_time(monkeypatch):
    monkeypatch.setattr(card_odds, "MOST_STATES", 10)
    monkeypatch.setattr(card_odds, "SESSIONS", 2_000)
    cards, rules = SETUPS[0]
    first, again = chances.__wrapped__(cards, rules), chances.__wrapped__(cards, rules)
    assert (first.is_exact, first.whole) == (False, 2_000)
    assert first == again


def test_a_million_sessions_stand_for_what_is_not_counted():
    assert card_odds.SESSIONS == 1_000_000
