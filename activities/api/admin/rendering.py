"""Activities and issues as operators see them."""

from collections.abc import Sequence
from typing import Any

from activities import selectors
from activities.api.app import rendering
from activities.models import Activity, Issue
from orders.api.app.rendering import moment


def activities_body(activities: Sequence[Activity]) -> list[dict[str, Any]]:
    return [_listed(activity) for activity in activities]


def _listed(activity: Activity) -> dict[str, Any]:
    """Return an activity with its own marks, price and times, which the next issue opens with."""
    price = {"price_fen": activity.price_fen, "price_points": activity.price_points}
    times = {"starts_at": moment(activity.starts_at), "ends_at": moment(activity.ends_at)}
    return {**rendering.activity_body(activity), "tags": activity.tags, **price, **times}


def activity_body(activity: Activity) -> dict[str, Any]:
    return {
        **_listed(activity),
        "serial_no": activity.serial_no,
        "description": activity.description,
        "rules": activity.rules,
        "config": activity.config,
        "created_at": moment(activity.created_at),
        "updated_at": moment(activity.updated_at),
    }


def issue_body(issue: Issue) -> dict[str, Any]:
    return issues_body([issue])[0]


def issues_body(issues: list[Issue]) -> list[dict[str, Any]]:
    revealed = selectors.revealed_secrets([issue.pk for issue in issues])
    return [
        {
            **rendering.issue_body(issue, revealed=revealed.get(issue.pk)),
            "config": issue.config,
            "reserved": issue.counter.reserved,
            "terms": issue.terms,
        }
        for issue in issues
    ]
