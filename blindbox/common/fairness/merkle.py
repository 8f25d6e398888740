"""A Merkle tree whose odd node moves up unchanged."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Literal

Side = Literal["L", "R"]
Path = list[tuple[Side, str]]

NODE_PREFIX = b"\x01"  # a leaf is hashed over text that starts with "b", so no node passes for a leaf


WIDTH = 32  # bytes of a node


class MerkleTree:
    """The tree over a box's leaves; positions count from 1. A level is one run of bytes: a big box has many nodes."""

    __slots__ = ("_levels", "_size")

    def __init__(self, leaves: Iterable[bytes]) -> None:
        level = list(leaves)
        if not level:
            raise ValueError("a tree needs a leaf")
        self._size, self._levels = len(level), [b"".join(level)]
        while len(level) > 1:
            level = _parents(level)
            self._levels.append(b"".join(level))

    @property
    def root(self) -> str:
        """The root in hex."""
        return self._levels[-1].hex()

    def path(self, position: int) -> Path:
        """
        Return the siblings from the leaf up, each with the side on which it stands.

        :raises IndexError: if there is no such position
        """
        siblings = siblings_of(position, self._size)
        return [(side, self._node(level, index).hex()) for level, index, side in siblings]

    def _node(self, level: int, index: int) -> bytes:
        return self._levels[level][WIDTH * index : WIDTH * (index + 1)]


def siblings_of(position: int, total: int) -> list[tuple[int, int, Side]]:
    """
    Return (level, index, side) of each sibling on the way up; a level where the node is the odd one has none.

    :raises IndexError: if there is no such position
    """
    if not 1 <= position <= total:
        raise IndexError(f"no position {position} of {total}")
    siblings: list[tuple[int, int, Side]] = []
    index, width, level = position - 1, total, 0
    while width > 1:
        sibling = index ^ 1
        if sibling < width:
            siblings.append((level, sibling, "R" if sibling > index else "L"))
        index, width, level = index // 2, (width + 1) // 2, level + 1
    return siblings


def merkle_root_from(leaf: bytes, path: Iterable[Sequence[str]]) -> str:
    """
    Return in hex the root that a leaf and its path lead to.

    :raises ValueError: if a step names no side, or its sibling is not hex
    """
    node = leaf
    for side, sibling in path:
        node = _climbed(node, side, bytes.fromhex(sibling))
    return node.hex()


def _climbed(node: bytes, side: str, sibling: bytes) -> bytes:
    if side == "L":
        return _node(sibling, node)
    if side == "R":
        return _node(node, sibling)
    raise ValueError(f"no such side: {side}")


def _parents(nodes: list[bytes]) -> list[bytes]:
    pairs = zip(nodes[::2], nodes[1::2], strict=False)
    odd = nodes[-1:] if len(nodes) % 2 else []
    return [_node(left, right) for left, right in pairs] + odd


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(NODE_PREFIX + left + right).digest()
