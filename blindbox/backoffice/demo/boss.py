"""The demo shop's Boss: one that a visitor can hit at once, and the next when it is over."""

from datetime import datetime, timedelta
from typing import Any

from activities import selectors
from activities.boss import seasons
from activities.boss import selectors as bosses
from activities.enums import ActivityStatus, SeasonStatus
from activities.errors import BossSeasonNotFound
from activities.services import configuring
from blindbox.backoffice.demo import DEMO
from blindbox.common.errors import DomainError
from blindbox.common.retry import in_transaction

HOME, NAME = "深海鲸歌 无限赏", "深海巨兽"
LIFE = timedelta(days=7)
STANDS = {SeasonStatus.WAITING, SeasonStatus.RUNNING}
PRIZES: list[dict[str, Any]] = [
    {"award": "rank", "rank_from": 1, "rank_to": 1, "kind": "points", "points": 2000},
    {"award": "rank", "rank_from": 2, "rank_to": 3, "kind": "points", "points": 800},
    {"award": "rank", "rank_from": 4, "rank_to": 10, "kind": "points", "points": 200},
    {"award": "defeat", "kind": "points", "points": 50},
    {"award": "last_hit", "kind": "points", "points": 500},
]


def challenge(*, now: datetime) -> str:
    """See to it that a Boss stands on the demo activity that nothing runs out of; return in Chinese what was done."""
    try:
        return _challenge(now=now)
    except DomainError as refusal:
        return f"未放出 Boss「{NAME}」：{refusal}"


@in_transaction
def _challenge(*, now: datetime) -> str:
    home = selectors.all_activities().filter(name=HOME).exclude(status=ActivityStatus.ARCHIVED).first()
    if home is None or _stands(home.pk, now=now):
        return ""
    if not home.is_boss:
        configuring.change_activity(activity_id=home.pk, values={"is_boss": True}, actor=DEMO, now=now)
    values = {"activity_id": home.pk, "name": NAME, "hp": 500, "rule": "per_draw", "factor": 1, "daily_cap": 50}
    window = {"starts_at": now, "ends_at": now + LIFE}
    seasons.create(values={**values, **window, "prizes": PRIZES}, actor=DEMO, now=now)
    return f"已在「{HOME}」放出 Boss「{NAME}」"


def _stands(activity_id: int, *, now: datetime) -> bool:
    try:
        return bosses.shown_season(activity_id, now=now).status_at(now) in STANDS
    except BossSeasonNotFound:
        return False
