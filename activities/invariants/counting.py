"""Counting in the database, beside the rows that the count belongs to."""

from typing import Any

from django.db.models import IntegerField, Subquery, Value
from django.db.models.functions import Coalesce


def number_of(rows: Any, key: str, expression: Any) -> Coalesce:
    """Return a subquery that counts or sums rows by a key of the outer row, 0 where there are none."""
    grouped = rows.order_by().values(key).annotate(n=expression).values("n")
    return Coalesce(Subquery(grouped), Value(0), output_field=IntegerField())
