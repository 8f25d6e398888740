"""Celery's entry points of this app."""

from celery import shared_task
from django.utils import timezone

from activities.boss import paying, settlement
from activities.services import closing, days, loss_watch
from activities.services.glue import releasing
from activities.services.luck import watching


@shared_task(name="activities.close_finished_issues", ignore_result=True)
def close_finished_issues(*, limit: int = 100, **_future: object) -> None:
    """Close what is sold out, over, or only waited for its last hold."""
    closing.close_finished(now=timezone.now(), limit=limit)


@shared_task(name="activities.stop_overdrawn_issues", ignore_result=True)
def stop_overdrawn_issues(**_future: object) -> None:
    """Close what has lost as much as was approved."""
    loss_watch.stop_overdrawn(now=timezone.now())


@shared_task(name="activities.turn_days", ignore_result=True)
def turn_days(**_future: object) -> None:
    """Commit the secrets of today and tomorrow, reveal those of days that are over."""
    days.turn(now=timezone.now())


@shared_task(name="activities.settle_boss_seasons", ignore_result=True)
def settle_boss_seasons(**_future: object) -> None:
    """Settle Boss seasons that are over, and pay what settled ones owe."""
    now = timezone.now()
    settlement.settle_due(now=now)
    paying.pay_due(now=now)


@shared_task(name="activities.watch_luck", ignore_result=True)
def watch_luck(**_future: object) -> None:
    """Look for members who win more than chance explains."""
    watching.watch(now=timezone.now())


@shared_task(name="activities.release_drops", ignore_result=True)
def release_drops(*, limit: int = 100, **_future: object) -> None:
    """Let into open sessions what their plans say; draws do the same for their own."""
    releasing.release_due(now=timezone.now(), limit=limit)
