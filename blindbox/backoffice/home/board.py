"""The registered parts of the home page, computed at most once a minute for everybody."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest

from blindbox.common.adminkit.home import BOARDS

CACHE_NAME, CACHE_SECONDS = "backoffice:home", 60


@dataclass(frozen=True)
class Part:
    """A computed part: what it is called, who may see it, and what it says."""

    title: str
    permission: str
    note: str
    value: Any


Parts = dict[str, list[Part]]


def parts_for(request: HttpRequest, *, now: datetime) -> Parts:
    """Return what this operator may see, by kind."""
    computed: Parts = cache.get_or_set(CACHE_NAME, lambda: _compute(now), CACHE_SECONDS) or {}
    may = request.user.has_perm
    return {kind: [part for part in parts if may(part.permission)] for kind, parts in computed.items()}


def _compute(now: datetime) -> Parts:
    return {
        kind: [Part(e.title, e.permission, e.note, e.compute(now=now)) for e in board.entries()]
        for kind, board in BOARDS.items()
    }
