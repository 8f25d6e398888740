"""A session of cards, step by step: what is shown, how many pairs it holds, which cards it dealt."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.gameplay.card_session import Rules, play
from blindbox.common import fairness

VECTORS = json.loads((Path(__file__).parents[2] / "docs/verifier/vectors.json").read_text("utf-8"))["pairs"]
DECK = VECTORS["deck"]  # 0 0 2 2 1 2 1 3 1 0 3 1 3 2 3 0


def test_the_published_session_is_played_pair_by_pair():
    session = play(DECK, Rules(hand=4))
    assert session.events == VECTORS["events"]
    assert len(session.events) == 5
    assert (session.pairs, session.cards) == (2, DECK[:6])


@pytest.mark.parametrize(("hand", "pairs"), [(4, 2), (5, 3)])
def test_it_holds_the_pairs_of_the_vectors(hand, pairs):
    assert play(DECK, Rules(hand)).pairs == pairs


def test_of_two_pairs_the_smaller_goes_first_and_a_dealt_one_before_a_larger_one():
    session = play([3, 3, 5, 5, 1, 1, 9], Rules(hand=4, gain=2))
    assert session.events == [
        {"deal": [3, 3, 5, 5]}, {"pair": 3}, {"deal": [1, 1]}, {"pair": 1}, {"deal": [9]}, {"pair": 5},
    ]  # fmt: skip


def test_the_deck_may_run_out():
    session = play([1, 1], Rules(hand=2, gain=5))
    assert (session.events, session.pairs) == ([{"deal": [1, 1]}, {"pair": 1}], 1)


def test_a_lucky_card_brings_more_each_time_it_comes():
    session = play([1, 2, 2, 3, 4, 5], Rules(hand=2, gain=0, lucky=2, lucky_gain=1))
    assert session.events == [
        {"deal": [1, 2]}, {"lucky": 2}, {"deal": [2]}, {"lucky": 2}, {"deal": [3]}, {"pair": 2},
    ]  # fmt: skip
    assert session.cards == [1, 2, 2, 3]


def test_without_a_gain_the_lucky_type_is_a_card_like_any():
    assert play([1, 2, 3], Rules(hand=2, lucky=2)).events == [{"deal": [1, 2]}]


@pytest.mark.parametrize(
    ("deck", "events"),
    [
        ([1, 2, 3, 4, 5], [{"deal": [1, 2, 3]}, {"different": True}, {"deal": [4, 5]}]),
        ([1, 2, 1, 4, 5], [{"deal": [1, 2, 1]}, {"pair": 1}, {"deal": [4]}]),
    ],
)
def test_only_a_hand_of_different_cards_brings_what_is_declared_for_it(deck, events):
    assert play(deck, Rules(hand=3, different_gain=2)).events == events


decks = st.lists(st.integers(0, 5), min_size=1, max_size=40)


@given(decks, st.data())
def test_it_holds_as_many_pairs_as_the_published_rule_counts(deck, data):
    hand, gain = data.draw(st.integers(1, len(deck))), data.draw(st.integers(1, 3))
    assert play(deck, Rules(hand, gain)).pairs == fairness.count_pairs(deck, hand, gain)


@given(decks, st.data())
def test_its_events_tell_the_whole_session(deck, data):
    rules = Rules(data.draw(st.integers(1, len(deck))), 1, data.draw(st.integers(0, 5)), 1, 2)
    session = play(deck, rules)
    assert [card for event in session.events for card in event.get("deal", [])] == session.cards
    assert session.cards == deck[: len(session.cards)]
    taken = Counter(event["pair"] for event in session.events if "pair" in event)
    assert taken.total() == session.pairs
    lying = Counter(session.cards)
    lying.subtract({kind: 2 * n for kind, n in taken.items()})
    assert set(lying.values()) <= {0, 1}
    due = rules.hand + session.pairs + session.cards.count(rules.lucky)
    due += 2 * any("different" in event for event in session.events)
    assert len(session.cards) == min(due, len(deck))
