"""Unfold's dashboard callback."""

import json
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from blindbox.backoffice.home.board import Part, parts_for
from blindbox.common.business_day import business_day

DAYS = 7


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Put the parts that this operator may see on the home page."""
    now = timezone.now()
    parts = parts_for(request, now=now)
    return {
        **context,
        "title": "今日概况",
        "figures": parts["figures"],
        "todos": [part for part in parts["todos"] if part.value.count],
        "curves": [_chart(part, now) for part in parts["curves"]],
        "tables": parts["tables"],
        "today": business_day(now),
    }


def _chart(part: Part, now: datetime) -> dict[str, Any]:
    today = business_day(now)
    days: list[date] = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    values = [part.value.get(day, 0) for day in days]
    bars = {"data": values, "backgroundColor": "var(--color-primary-500)", "borderRadius": 4, "maxBarThickness": 36}
    data = {"labels": [f"{day.month}月{day.day}日" for day in days], "datasets": [bars | {"displayYAxis": True}]}
    return {"title": part.title, "note": part.note, "data": json.dumps(data), "empty": not any(values)}
