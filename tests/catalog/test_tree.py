"""The tree as a map: walks are bounded and right, even over a map that should not exist."""

import pytest

from catalog import tree

#      1           6
#    2   3
#   4 5
FOREST = {1: None, 2: 1, 3: 1, 4: 2, 5: 2, 6: None}
LOOP = {1: 3, 2: 1, 3: 2, 4: 1}


@pytest.mark.parametrize(("node", "line"), [(None, []), (1, [1]), (4, [4, 2, 1]), (6, [6]), (99, [99])])
def test_the_line_up_ends_at_the_root(node: int | None, line: list[int]):
    assert tree.line_up(node, FOREST) == line


def test_the_line_up_of_a_loop_ends_where_it_repeats():
    assert tree.line_up(4, LOOP) == [4, 1, 3, 2]


@pytest.mark.parametrize(("node", "branch"), [(1, [1, 2, 3, 4, 5]), (2, [2, 4, 5]), (5, [5]), (99, [99])])
def test_a_branch_is_a_node_and_all_below_it(node: int, branch: list[int]):
    assert tree.branch(node, FOREST) == branch


def test_the_branch_of_a_loop_holds_each_node_once():
    assert sorted(tree.branch(1, LOOP)) == [1, 2, 3, 4]


@pytest.mark.parametrize(("node", "height"), [(1, 3), (2, 2), (5, 1), (6, 1)])
def test_the_height_counts_levels(node: int, height: int):
    assert tree.height(node, FOREST) == height


def test_only_what_is_above_itself_loops():
    assert tree.looping(FOREST) == []
    assert tree.looping(LOOP) == [1, 2, 3]
    assert tree.looping({1: 1, 2: 1}) == [1]
