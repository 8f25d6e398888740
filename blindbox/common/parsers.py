"""JSON bodies only: bounded in size, depth and digits, valid UTF-8, no NaN, no key twice."""

import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.http import UnreadablePostError
from rest_framework.parsers import BaseParser

from blindbox.common.errors import BadJson, RepeatedKey, TooLarge

DEEPEST = 32
MOST_DIGITS = 40
LONGEST_ECHO = 64
_MARKS = re.compile(rb'\\.|["\[\]{}]', re.DOTALL)
_STEPS = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}
_HALF_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")


class StrictJSONParser(BaseParser):
    """
    :raises BadJson: for anything that is not plain JSON
    :raises TooLarge: beyond DATA_UPLOAD_MAX_MEMORY_SIZE, which Django holds only against forms
    """

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            return _loads(_read(stream))
        except (ValueError, RecursionError, UnreadablePostError) as error:
            raise BadJson from error


def _read(stream: IO[Any]) -> bytes:
    most: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    raw: bytes = stream.read(most + 1)
    if len(raw) > most:
        raise TooLarge
    return raw


def _loads(raw: bytes) -> Any:
    if _is_too_deep(raw):
        raise BadJson
    value = _DECODER.decode(raw.decode())
    if _HALF_PAIR.search(raw):
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair could be neither stored nor echoed
    return value


def _is_too_deep(raw: bytes) -> bool:
    """Count before parsing: what parses recurses, and some servers' threads have small stacks."""
    if raw.count(b"[") + raw.count(b"{") <= DEEPEST:
        return False
    depth, in_text = 0, False
    for mark in _MARKS.findall(raw):
        if mark == b'"':
            in_text = not in_text
        elif not in_text:
            depth += _STEPS.get(mark, 0)
        if depth > DEEPEST:
            return True
    return False


def _no_constant(name: str) -> Any:
    raise BadJson


def _integer(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise BadJson
    return int(digits)


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise BadJson
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise RepeatedKey(name=_shown(_repeated(pairs)))
    return made


def _repeated(pairs: list[tuple[str, Any]]) -> str:
    names = Counter(name for name, _ in pairs)
    return names.most_common(1)[0][0]


def _shown(name: str) -> str:
    """Return what may be echoed: half a surrogate pair could not be."""
    return name[:LONGEST_ECHO].encode(errors="replace").decode()


_DECODER = json.JSONDecoder(  # made once: `json.loads` would make one a request
    parse_constant=_no_constant, parse_int=_integer, parse_float=_finite, object_pairs_hook=_object
)
