"""The tree of categories as a map from each node to its parent: pure, and bounded even if the map holds a loop."""

from collections import defaultdict
from collections.abc import Mapping

Parents = Mapping[int, int | None]


def line_up(node: int | None, parents: Parents) -> list[int]:
    """Return a node and those above it, up to the root or to where they repeat."""
    line: list[int] = []
    while node is not None and node not in line:
        line.append(node)
        node = parents.get(node)
    return line


def children_of(parents: Parents) -> dict[int | None, list[int]]:
    """Return the children of each node, and the roots under None."""
    children: dict[int | None, list[int]] = defaultdict(list)
    for node, parent in parents.items():
        children[parent].append(node)
    return children


def branch(node: int, parents: Parents) -> list[int]:
    """Return a node and all below it, level by level."""
    children = children_of(parents)
    found = [node]
    for each in found:
        found.extend(child for child in children[each] if child not in found)
    return found


def height(node: int, parents: Parents) -> int:
    """Return how many levels a node and what is below it take."""
    above = len(line_up(node, parents))
    return 1 + max(len(line_up(each, parents)) for each in branch(node, parents)) - above


def looping(parents: Parents) -> list[int]:
    """Return the nodes that are above themselves."""
    return sorted(node for node, parent in parents.items() if node in line_up(parent, parents))
