"""The schedule is code, so that nobody can switch the outbox off. celery -A blindbox beat reads it."""

from datetime import timedelta
from typing import Any

from celery.schedules import crontab

AT_NIGHT = timedelta(hours=6)


def _every(task: str, **interval: int) -> dict[str, Any]:
    """What nobody took until it comes again expires: a worker that was away must not find a queue of the past."""
    pause = timedelta(**interval)
    return {"task": task, "schedule": pause, "options": {"expires": pause.total_seconds()}}


def _nightly(task: str, **when: str) -> dict[str, Any]:
    return {"task": task, "schedule": crontab(**when), "options": {"expires": AT_NIGHT.total_seconds()}}


SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep outbox": _every("system.sweep_outbox", seconds=5),
    "close expired orders": _every("orders.close_expired_orders", seconds=20),
    "query unsettled payments": _every("orders.reconcile_payments", seconds=5),
    "query running refunds": _every("orders.reconcile_refunds", seconds=30),
    "commit and reveal days": _every("activities.turn_days", minutes=5),
    "close finished issues": _every("activities.close_finished_issues", minutes=1),
    "stop at loss budgets": _every("activities.stop_overdrawn_issues", seconds=10),
    "release timed prizes": _every("activities.release_drops", minutes=1),
    "settle boss seasons": _every("activities.settle_boss_seasons", minutes=1),
    "check what is new": _every("system.check_latest", minutes=5),
    "expire points": _nightly("accounts.expire_points", hour="0", minute="20"),
    "check everything": _nightly("system.check_everything", hour="3", minute="40"),
    "watch luck": _nightly("activities.watch_luck", hour="3", minute="10"),
    "clean up": _nightly("system.clean_up", hour="2-4", minute="10,30,50"),
    "forget sessions": _nightly("accounts.forget_sessions", hour="2", minute="20"),
}
