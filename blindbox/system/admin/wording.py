"""What the operation log calls values that are no columns of their row, and what it says for their codes."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Codes = Callable[[], Iterable[tuple[Any, str]]]
Side = Mapping[str, Any]
Reader = Callable[[str, Side], Side]

_labels: dict[tuple[str, str], str] = {}
_codes: dict[tuple[str, str], Codes] = {}
_rows: dict[tuple[str, str], str] = {}
_readers: dict[str, Reader] = {}


def logged_as(object_type: str, labels: Mapping[str, str]) -> None:
    """Name values that changes of a type hold beside the row's own columns, those inside a JSON value too."""
    _labels.update({(object_type, name): label for name, label in labels.items()})


def codes_mean(object_type: str, name: str, choices: Codes) -> None:
    """Say what the codes of a value mean where its column has no choices of its own."""
    _codes[object_type, name] = choices


def holds_rows(object_type: str, name: str, of: str) -> None:
    """Say that a value is a list of another type's rows, whose columns then name what is inside."""
    _rows[object_type, name] = of


def read_by(object_type: str, reader: Reader) -> None:
    """Say how people read a side of a change where that depends on which row it was."""
    _readers[object_type] = reader


def read(object_type: str, object_id: str, side: Side) -> Side:
    """Return a side of a change as whoever registered for its type has it read."""
    reader = _readers.get(object_type)
    return reader(object_id, side) if reader else side


def label_of(object_type: str, name: str) -> str:
    """Return the name that somebody registered, else the value's own."""
    return _labels.get((object_type, name), name)


def meanings(object_type: str, name: str) -> dict[Any, str]:
    """Return what somebody registered for the codes of a value."""
    choices = _codes.get((object_type, name))
    return dict(choices()) if choices else {}


def type_inside(object_type: str, name: str) -> str:
    """Return the type of what a JSON value holds: the row's own, unless somebody said otherwise."""
    return _rows.get((object_type, name), object_type)
