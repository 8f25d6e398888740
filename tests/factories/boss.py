"""A Boss to hit."""

from datetime import datetime, timedelta
from typing import Any

from activities.boss import seasons
from activities.models import Activity, BossSeason, Issue
from blindbox.system.audit import SYSTEM
from tests.factories.activities import NOW, open_odds

DAY = timedelta(days=1)
PRIZES: list[dict[str, Any]] = [
    {"award": "rank", "rank_from": 1, "rank_to": 1, "kind": "points", "points": 1000},
    {"award": "rank", "rank_from": 2, "rank_to": 3, "kind": "points", "points": 300},
    {"award": "defeat", "kind": "points", "points": 50},
    {"award": "last_hit", "kind": "points", "points": 500},
]


def make_season(activity: Activity | None = None, *, now: datetime = NOW, **values: Any) -> BossSeason:
    """Return a season that has just started, of an activity that is flagged; 100 hp, 1 a draw, 60 a day."""
    issue = open_odds(is_boss=True, now=now) if activity is None else None
    made = {
        "activity_id": activity.pk if activity else issue.activity_id if issue else 0,
        "name": "利维坦",
        "hp": 100,
        "rule": "per_draw",
        "factor": 1,
        "daily_cap": 60,
        "starts_at": now,
        "ends_at": now + 7 * DAY,
        "prizes": PRIZES,
    }
    return seasons.create(values={**made, **values}, actor=SYSTEM, now=now)


def issue_of(season: BossSeason) -> Issue:
    """Return the issue on which draws hit."""
    return Issue.objects.get(activity_id=season.activity_id)
