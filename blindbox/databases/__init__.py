"""Database backends: Django's, with what docs/adr says is changed."""

from collections.abc import Sequence
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """What a statement answered: its rows, how many it touched, the id that it made or was told to tell."""

    rows: Sequence[tuple[Any, ...]]
    touched: int
    told: int | None
