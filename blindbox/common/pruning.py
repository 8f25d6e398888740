"""Deleting what is past its time: in short statements, and a bounded number of them a run."""

from typing import Any

from django.db.models import QuerySet

AT_ONCE, MOST_ROUNDS = 1000, 200


def drop(rows: "QuerySet[Any]", *, oldest: str) -> None:
    """Delete these rows, the `oldest` first by the indexed column that says how old each is."""
    for _ in range(MOST_ROUNDS):
        keys = list(rows.order_by(oldest).values_list("pk", flat=True)[:AT_ONCE])
        delete(rows.model, keys)
        if len(keys) < AT_ONCE:
            return


def delete(model: Any, keys: list[Any]) -> None:
    """Delete rows by their keys with one statement."""
    if keys:
        model._default_manager.filter(pk__in=keys).delete()
