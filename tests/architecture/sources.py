"""The project's own source files, parsed once."""

import ast
import gc
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ["blindbox", "accounts", "catalog", "orders", "marketing", "activities", "guilds"]


@dataclass(frozen=True)
class Source:
    path: str
    text: str
    tree: ast.Module

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@cache
def sources(*folders: str) -> list[Source]:
    """Return the Python files below these folders (all packages unless told), without migrations."""
    paths = [path for folder in folders or PACKAGES for path in sorted((ROOT / folder).rglob("*.py"))]
    return [_parsed(path) for path in paths if "migrations" not in path.parts]


def _parsed(path: Path) -> Source:
    text = path.read_text()
    return Source(path=str(path.relative_to(ROOT)), text=text, tree=tree_of(text))


def tree_of(text: str) -> ast.Module:
    """Parse with no garbage collection in between: one that parses too upsets CPython 3.11 (gh-106905)."""
    gc.disable()
    try:
        return ast.parse(text)
    finally:
        gc.enable()
