"""Decks, their extra prizes, and Merkle paths of every shape."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blindbox.common import fairness
from blindbox.common.fairness.merkle import siblings_of

SECRET = bytes(range(32))
SIZES = range(1, 34)
quantities = st.dictionaries(st.integers(1, 10**6), st.integers(0, 30), max_size=6).map(lambda drawn: [*drawn.items()])


def _leaves(size: int) -> list[bytes]:
    return [bytes([position]) * 32 for position in range(1, size + 1)]


@given(quantities, st.integers(1, 10**9))
def test_a_deck_holds_exactly_what_the_terms_promise(quantities, issue_id):
    deck = fairness.build_deck(SECRET, issue_id, quantities)
    assert Counter(deck) == Counter({reward_id: quantity for reward_id, quantity in quantities if quantity})


def test_the_order_of_the_terms_is_part_of_the_deck():
    one = fairness.build_deck(SECRET, 1, [(1, 30), (2, 30)])
    assert one != fairness.build_deck(SECRET, 1, [(2, 30), (1, 30)])


def test_first_prizes_reach_the_whole_first_half_and_nothing_else():
    found = {min(fairness.position_prizes(SECRET, issue, 9, [(1, "first", 1)])) for issue in range(200)}
    assert found == {1, 2, 3, 4}


def test_global_prizes_reach_every_position():
    found = {min(fairness.position_prizes(SECRET, issue, 9, [(1, "global", 1)])) for issue in range(300)}
    assert found == set(range(1, 10))


def test_prizes_that_meet_at_one_position_keep_the_order_of_the_terms():
    rewards = [(9, "last", 2), (3, "global", 1), (4, "last", 1)]
    assert fairness.position_prizes(SECRET, 1, 1, rewards) == {1: [9, 9, 3, 4]}


def test_units_of_one_reward_fall_apart():
    prizes = fairness.position_prizes(SECRET, 1, 1000, [(5, "global", 50)])
    assert sum(map(len, prizes.values())) == 50
    assert len(prizes) > 40


def test_the_nth_and_every_nth_are_known_from_the_terms_alone():
    rewards = [fairness.Extra(5, "nth", 2, 7), fairness.Extra(6, "every", 3, 3), fairness.Extra(7, "every", 10, 1)]
    found = fairness.position_prizes(SECRET, 1, 10, rewards)
    assert found == {**{n: [7] for n in range(1, 11)}, 3: [6, 7], 6: [6, 7], 7: [5, 5, 7], 9: [6, 7]}
    assert fairness.position_prizes(bytes(32), 2, 10, rewards) == found


@pytest.mark.parametrize(
    ("most", "numbers"),
    [
        (10, []),
        (11, [11]),
        (98, [11, 22, 33, 44, 55, 66, 77, 88]),
        (111, [11, 22, 33, 44, 55, 66, 77, 88, 99, 111]),
        (222, [11, 22, 33, 44, 55, 66, 77, 88, 99, 111, 222]),
    ],
)
def test_repdigits_are_the_numbers_of_at_least_two_equal_digits(most, numbers):
    assert [n for n in range(1, most + 1) if n > 9 and len(set(str(n))) == 1] == numbers
    assert fairness.repdigits_to(most) == len(numbers)
    assert [fairness.repdigit(unit) for unit in range(len(numbers))] == numbers


def test_repdigits_up_to_the_largest_box_by_looking_at_every_number():
    counted = 0
    for number in range(1, 100_001):
        counted += number > 9 and len(set(str(number))) == 1
        if number % 111 in (0, 1, 110):
            assert fairness.repdigits_to(number) == counted
    assert counted == 36


def test_the_extra_of_the_repdigits_comes_with_each_of_them():
    found = fairness.position_prizes(SECRET, 1, 120, [fairness.Extra(8, "repdigit", 10)])
    assert found == {n: [8] for n in (11, 22, 33, 44, 55, 66, 77, 88, 99, 111)}
    assert fairness.position_prizes(bytes(32), 2, 120, [fairness.Extra(8, "repdigit", 10)]) == found


@pytest.mark.parametrize("position", ["nth", "every"])
def test_a_counted_position_needs_its_n(position):
    with pytest.raises(ValueError):
        fairness.position_prizes(SECRET, 1, 10, [(1, position, 1)])


def test_a_box_of_one_ticket_has_no_first_half():
    with pytest.raises(ValueError):
        fairness.position_prizes(SECRET, 1, 1, [(1, "first", 1)])


def test_an_unknown_position_is_refused():
    with pytest.raises(ValueError):
        fairness.position_prizes(SECRET, 1, 10, [(1, "ticket", 1)])


@pytest.mark.parametrize("size", SIZES)
def test_every_path_leads_to_the_root(size):
    leaves = _leaves(size)
    tree = fairness.MerkleTree(leaves)
    for position, leaf in enumerate(leaves, start=1):
        assert fairness.merkle_root_from(leaf, tree.path(position)) == tree.root


@pytest.mark.parametrize("size", SIZES)
def test_no_other_leaf_fits_a_path(size):
    leaves = _leaves(size)
    tree = fairness.MerkleTree(leaves)
    for position in range(1, size + 1):
        roots = [fairness.merkle_root_from(leaf, tree.path(position)) for leaf in leaves]
        assert roots.count(tree.root) == 1


@pytest.mark.parametrize("size", SIZES)
def test_an_odd_node_moves_up_without_a_step(size):
    steps_of_last = len(fairness.MerkleTree(_leaves(size)).path(size))
    assert steps_of_last == (size - 1).bit_count()  # it has a sibling exactly where its index is odd


def test_the_shape_of_a_path_tells_its_position():
    for size in SIZES:
        shapes = {tuple((level, side) for level, _, side in siblings_of(p, size)) for p in range(1, size + 1)}
        assert len(shapes) == size


def test_five_leaves_hash_as_drawn_in_the_docs():
    one, two, three, four, five = leaves = _leaves(5)
    left = fairness.merkle_root_from(one, [("R", two.hex())])
    right = fairness.merkle_root_from(three, [("R", four.hex())])
    tree = fairness.MerkleTree(leaves)
    assert tree.path(5) == [("L", fairness.merkle_root_from(bytes.fromhex(left), [("R", right)]))]
    assert tree.path(4) == [("L", three.hex()), ("L", left), ("R", five.hex())]


def test_a_box_of_one_ticket_is_its_own_root():
    tree = fairness.MerkleTree([b"\x07" * 32])
    assert (tree.root, tree.path(1)) == ("07" * 32, [])


@pytest.mark.parametrize("position", [0, -1, 6])
def test_there_is_no_path_to_a_position_outside_the_box(position):
    with pytest.raises(IndexError):
        fairness.MerkleTree(_leaves(5)).path(position)


def test_a_tree_without_leaves_is_refused():
    with pytest.raises(ValueError):
        fairness.MerkleTree([])


def test_a_step_that_names_no_side_is_refused():
    with pytest.raises(ValueError):
        fairness.merkle_root_from(b"\0" * 32, [("l", "00" * 32)])
