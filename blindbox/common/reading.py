"""Reading a whole table a page at a time: the driver of MariaDB would load all of a long answer into memory."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

AT_ONCE = 2000


def pages(rows: "QuerySet[Any]", *columns: str) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the primary key and these columns of every row, by the key, a statement a page."""
    last: Any = None
    while True:
        beyond = rows if last is None else rows.filter(pk__gt=last)
        page = list(beyond.order_by("pk").values_list("pk", *columns)[:AT_ONCE])
        if page:
            yield page
        if len(page) < AT_ONCE:
            return
        last = page[-1][0]
