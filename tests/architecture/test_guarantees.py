"""The page of guarantees names what the command checks, in the command's words, and each has a planted violation."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from blindbox.common.invariants import registered
from tests.architecture.sources import tree_of

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "guarantees.md"


def test_the_page_lists_every_invariant_by_its_title():
    rows = dict(re.findall(r"^\| ([A-Z]\d+) \| (.+?) \|", PAGE.read_text("utf-8"), re.MULTILINE))
    assert rows == {each.id: each.title for each in registered()}


def test_each_invariant_has_a_test_that_plants_a_violation():
    """A test counts that asserts, with the id in the assertion, that something *is* found: not that nothing is."""
    planted = {word for path in (ROOT / "tests").rglob("test_*.py") for word in _planted_in(path)}
    assert sorted({each.id for each in registered()} - planted) == []


def _planted_in(path: Path) -> Iterator[str]:
    """Yield the words in the assertions of a module's tests, and what their one-id helpers ask for."""
    functions = {node.name: node for node in tree_of(path.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)}
    asked = {name: found for name, node in functions.items() if len(found := _asked_by(node)) == 1}
    for name, node in functions.items():
        if name.startswith("test_"):
            for claim in filter(_finds_something, ast.walk(node)):
                yield from _words(claim)
                for used in ast.walk(claim):
                    yield from asked.get(used.id, ()) if isinstance(used, ast.Name) else ()


def _finds_something(node: ast.AST) -> bool:
    """Tell whether this is an assertion that compares, with more than an empty list."""
    if not isinstance(node, ast.Assert) or not isinstance(node.test, ast.Compare):
        return False
    return not any(isinstance(side, ast.List) and not side.elts for side in node.test.comparators)


def _asked_by(function: ast.FunctionDef) -> set[str]:
    """Return the ids that a helper asks `violations` for, so far as it names them itself."""
    calls = [each for each in ast.walk(function) if isinstance(each, ast.Call)]
    named = [each for each in calls if isinstance(each.func, ast.Name) and each.func.id == "violations"]
    return {word for call in named for word in _words(call)}


def _words(node: ast.AST) -> Iterator[str]:
    return (each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str))
