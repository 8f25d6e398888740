"""Read-only tables that higher apps put on a lower app's page: a member's orders, an order's draws."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest


@dataclass(frozen=True)
class Panel:
    """A small table: at most a page of rows, and where the rest is."""

    headers: Sequence[str]
    rows: Sequence[Sequence[Any]]
    empty: str
    more_url: str = ""


Show = Callable[[int], Panel]


@dataclass(frozen=True)
class Registered:
    title: str
    permission: str
    show: Show
    last: bool


_panels: dict[str, list[Registered]] = {}


def panel(on: str, *, title: str, permission: str, last: bool = False) -> Callable[[Show], Show]:
    """
    Show a panel on the page of `on` (`app.model`) to operators who hold the permission; `last` behind what higher apps
    show there.
    """

    def decorate(show: Show) -> Show:
        _panels.setdefault(on, []).append(Registered(title, permission, show, last))
        return show

    return decorate


def panels_for(request: HttpRequest, *, model: str, object_id: int) -> list[tuple[str, Panel]]:
    """Return the titled panels of one row that this operator may see."""
    may: Callable[[str], bool] = request.user.has_perm
    shown = sorted(_panels.get(model, []), key=lambda each: each.last)
    return [(each.title, each.show(object_id)) for each in shown if may(each.permission)]
