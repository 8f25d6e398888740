"""Celery's entry points of this app."""

from celery import shared_task
from django.utils import timezone

from accounts.services import expiry, sessions


@shared_task(name="accounts.forget_sessions", ignore_result=True)
def forget_sessions(**_future: object) -> None:
    """Delete members' sessions that ended."""
    sessions.forget_expired(now=timezone.now())


@shared_task(name="accounts.expire_points", ignore_result=True)
def expire_points(**_future: object) -> None:
    """Take the points that are too old by today."""
    expiry.expire(now=timezone.now())
